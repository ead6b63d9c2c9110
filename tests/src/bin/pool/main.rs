//! Calls to workers of a pool at a Redis server: what they cost, and whether they are exact while workers and the server
//! are killed. `cargo xtask pool [--storm]` runs this program.
//!
//! `cost CALLS` measures on one core, and then on two. `measure CALLS` does so once, on the cores that this process may
//! use. `storm CALLS` kills. `points OBJECTS` measures what `cargo xtask scale` reckons with, and `attend ADDRESS` is a
//! process with a session for it. `--worker ADDRESS` is a worker. Both end with their standard input, and so with the
//! process that has started them, also if that is killed.

mod cost;
mod points;
mod storm;

use ref_core::remote;
use ref_tests::RedisServer;
use rustix::process::{Pid, Signal, kill_process};
use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

type Done<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// A call that does nothing.
#[remote]
fn nothing() {}

/// Returns how many bytes there are.
#[remote]
fn length(bytes: &[u8]) -> usize {
    bytes.len()
}

/// Sleeps for so many milliseconds.
#[remote]
fn slept(millis: u64) {
    std::thread::sleep(std::time::Duration::from_millis(millis));
}

/// Appends the number, and which try of the call this is, to a file. Returns the number.
#[remote]
fn noted(number: u64, nth: u64, path: String) -> u64 {
    let file = std::fs::File::options().append(true).create(true).open(path);
    let line = format!("{number} {nth}\n");
    file.and_then(|mut file| file.write_all(line.as_bytes())).expect("a file to write");
    std::thread::sleep(std::time::Duration::from_millis(5));
    number
}

fn main() -> Done {
    if std::env::args().nth(1).is_some_and(|argument| argument == "--worker") {
        end_with_input();
    }
    remote::init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["cost", calls] => cost::on_one_core_and_on_two(calls),
        ["measure", calls] => cost::measure(calls.parse()?),
        ["storm", calls] => storm::storm(calls.parse()?),
        ["points", objects] => points::all(objects.parse()?),
        ["attend", address] => points::attend(address),
        _ => Err("pool cost CALLS, pool storm CALLS, or pool points OBJECTS".into()),
    }
}

/// Ends this process when its standard input is closed.
fn end_with_input() {
    std::thread::spawn(|| {
        let _closed = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
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
        let mut command = Command::new(std::env::current_exe()?);
        Ok(Self(command.args(["--worker", pool]).stdin(Stdio::piped()).spawn()?))
    }
}

impl Joined {
    /// Asks the process to end, and waits for that.
    fn leave(mut self) -> Done {
        // `wait` would close the input, which ends the process at once.
        let _open = self.0.stdin.take();
        kill_process(Pid::from_child(&self.0), Signal::TERM)?;
        let status = self.0.wait()?;
        // It could not join while the server was away.
        let has_joined = status.code() != Some(69);
        if status.success() || !has_joined {
            Ok(())
        } else {
            Err(format!("a worker that was asked to end ended so: {status}").into())
        }
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
