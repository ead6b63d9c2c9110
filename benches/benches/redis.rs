//! Measures a store in a Redis server, as multiples of that server's PING over the same socket.
//!
//! Each case runs in 1, 10 and 50 processes at a time, on objects of their own. Beside the time of a call stands the
//! time that the server's process has used for it. The rounds of all cases alternate, so that other load of the machine
//! affects them alike. Then come the cases of which there is one figure only. Arguments pick cases: those whose names
//! contain one of them.

#[path = "redis/cases.rs"]
mod cases;
#[path = "redis/figures.rs"]
mod figures;

use ref_tests::RedisServer;
use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// How many processes run a case at a time.
const CLIENTS: [usize; 3] = [1, 10, 50];
const ROUNDS: usize = 5;
/// How long a process runs its case in a round.
const ROUND: Duration = Duration::from_millis(400);
/// The variable by which a child process gets its case, the store's address and the server's socket.
const CHILD: &str = "REF_BENCH_CASE";

fn main() -> Done {
    if let Ok(case) = std::env::var(CHILD) {
        return run_case(&case);
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|part| name.contains(part));
    let server = RedisServer::start();
    println!("{:<44} {:>8} {:>10} {:>8} {:>11}", "case", "clients", "us a call", "x PING", "server's us");
    for clients in CLIENTS {
        let names: Vec<_> = cases::NAMES.into_iter().filter(|name| *name == "PING" || is_wanted(name)).collect();
        let took = measure(&server, &names, clients)?;
        for (name, (micros, cpu)) in names.iter().zip(&took) {
            println!("{name:<44} {clients:>8} {micros:>10.1} {:>8.2} {cpu:>11.1}", micros / took[0].0);
        }
    }
    drop(server);
    figures::all(&is_wanted)
}

/// A process that runs one case.
struct Client(Child, BufReader<std::process::ChildStdout>);

impl Client {
    fn start(server: &RedisServer, case: &str) -> Done<Self> {
        let socket = server.socket().display().to_string();
        let text = format!("{case}\n{}\n{socket}", server.address("bench"));
        let mut child = Command::new(std::env::current_exe()?)
            .env(CHILD, text)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut client = Self(child, out);
        client.said()?;
        Ok(client)
    }

    fn said(&mut self) -> Done<f64> {
        let mut line = String::new();
        self.1.read_line(&mut line)?;
        Ok(line.trim().parse()?)
    }

    fn go(&mut self) -> Done {
        Ok(self.0.stdin.as_mut().ok_or("no input")?.write_all(b"go\n")?)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ended = self.0.wait();
    }
}

/// Returns, for each case, the median time of a call and the median time that the server's process uses for one, in
/// microseconds.
fn measure(server: &RedisServer, names: &[&str], clients: usize) -> Done<Vec<(f64, f64)>> {
    let start = |name: &&str| (0..clients).map(|_| Client::start(server, name)).collect::<Done<Vec<_>>>();
    let mut all = names.iter().map(start).collect::<Done<Vec<_>>>()?;
    let mut took = vec![Vec::new(); names.len()];
    for _ in 0..ROUNDS {
        for (case, took) in all.iter_mut().zip(&mut took) {
            let before = figures::server_micros(server)?;
            case.iter_mut().try_for_each(Client::go)?;
            let calls: f64 = case.iter_mut().map(Client::said).sum::<Done<f64>>()?;
            let cpu = figures::server_micros(server)? - before;
            took.push((ROUND.as_secs_f64() * 1e6 * clients as f64 / calls, cpu / calls));
        }
    }
    let middle = |mut figures: Vec<f64>| {
        figures.sort_by(f64::total_cmp);
        figures[ROUNDS / 2]
    };
    let medians = took.into_iter().map(|took| {
        let (calls, cpu) = took.into_iter().unzip();
        (middle(calls), middle(cpu))
    });
    Ok(medians.collect())
}

/// Runs a case for as long as the parent process asks for rounds.
fn run_case(text: &str) -> Done {
    let mut lines = text.lines();
    let mut next = || lines.next().ok_or("too few lines");
    let (name, address, socket) = (next()?, next()?, next()?);
    let mut act = cases::case(name, address, socket)?;
    act()?;
    println!("0");
    for _ in std::io::stdin().lines() {
        let (began, mut calls) = (Instant::now(), 0_u32);
        while began.elapsed() < ROUND {
            act()?;
            calls += 1;
        }
        println!("{calls}");
    }
    Ok(())
}
