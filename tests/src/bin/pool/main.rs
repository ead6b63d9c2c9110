//! Calls to workers of a pool at a Redis server: what they cost. `cargo xtask pool` runs this program.
//!
//! `cost CALLS` measures on one core, and then on two. `measure CALLS` does so once, on the cores that this process may
//! use. `--worker ADDRESS` is a worker.

mod cost;

use ref_core::remote;
use ref_tests::RedisServer;
use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// A call that does nothing.
#[remote]
fn nothing() {}

/// Returns how many bytes there are.
#[remote]
fn length(bytes: &[u8]) -> usize {
    bytes.len()
}

fn main() -> Done {
    remote::init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["cost", calls] => cost::on_one_core_and_on_two(calls),
        ["measure", calls] => cost::measure(calls.parse()?),
        _ => Err("pool cost CALLS".into()),
    }
}

/// Returns the address of the pool in a server.
fn pool_in(server: &RedisServer) -> String {
    format!("redis+unix://{}?pool=lab", server.socket().display())
}

fn connect(server: &RedisServer) -> Done<redis::Connection> {
    Ok(redis::Client::open(redis::ConnectionAddr::Unix(server.socket()))?.get_connection()?)
}

/// A process that has joined a pool. It is killed when the value is dropped.
struct Joined(Child);

impl Joined {
    fn start(pool: &str) -> Done<Self> {
        Ok(Self(Command::new(std::env::current_exe()?).args(["--worker", pool]).spawn()?))
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        let _dead = self.0.kill();
        let _waited = self.0.wait();
    }
}

/// Runs this program again, and prints what it prints.
fn run_this(by: &[&str], arguments: &[&str]) -> Done {
    let this = std::env::current_exe()?.display().to_string();
    let line: Vec<&str> = by.iter().copied().chain([&*this]).chain(arguments.iter().copied()).collect();
    let mut child = Command::new(line[0]).args(&line[1..]).stdout(Stdio::piped()).spawn()?;
    for line in BufReader::new(child.stdout.take().ok_or("no output")?).lines() {
        println!("{}", line?);
    }
    let status = child.wait()?;
    if status.success() { Ok(()) } else { Err(format!("{} has failed: {status}", line.join(" ")).into()) }
}
