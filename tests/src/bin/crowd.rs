//! Measures what many objects and many sessions in a Redis server cost. `cargo xtask redis deaths|idle` runs this
//! program.
//!
//! `deaths OBJECTS` kills a process that owns `OBJECTS` objects, beside ten processes that commit. Fails if a call of
//! one of the ten fails, or if a key is left at the end.
//!
//! `idle PROCESSES` starts `PROCESSES` processes. Each opens ten sessions, and makes no calls.

use ref_core::{Owned, Store, StoreOptions};
use ref_tests::RedisServer;
use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _, stdin, stdout};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// Processes that commit beside a death.
const BYSTANDERS: usize = 10;
/// How long each bystander waits after a commit.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a session lives without a renewal in `deaths`. The sessions of `idle` have the default timeout.
const LEASE: Duration = Duration::from_secs(10);
/// Sessions in each process of `idle`.
const SESSIONS: usize = 10;
/// How long the processes of `idle` are watched.
const WATCHED: Duration = Duration::from_secs(20);

fn main() -> Done {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["own", address, objects] => own(address, objects.parse()?),
        ["commit", address] => commit(address),
        ["attend", address] => attend(address),
        ["deaths", objects] => deaths(objects.parse()?),
        ["idle", processes] => idle(processes.parse()?),
        _ => Err("crowd deaths OBJECTS, or crowd idle PROCESSES".into()),
    }
}

fn open(address: &str) -> ref_core::Result<Store> {
    StoreOptions::new().session_timeout(LEASE).keep_orphans_for(Duration::from_secs(1)).open(address)
}

/// Puts objects, and keeps them until the standard input is closed, or this process is killed.
fn own(address: &str, objects: u32) -> Done {
    let store = open(address)?;
    let owned: Vec<Owned<u64>> = (0..objects).map(|n| store.put(u64::from(n))).collect::<Result<_, _>>()?;
    writeln!(stdout(), "ready")?;
    stdin().read_to_end(&mut Vec::new())?;
    drop(owned);
    Ok(())
}

/// Commits until the standard input is closed. Prints the number of commits, and how many microseconds the slowest
/// took.
fn commit(address: &str) -> Done {
    let store = open(address)?;
    let mut owned = store.put(0_u64)?;
    writeln!(stdout(), "ready")?;
    let is_over = AtomicBool::new(false);
    let (mut commits, mut slowest) = (0_u64, Duration::ZERO);
    std::thread::scope(|scope| -> Done {
        scope.spawn(|| {
            let _closed = stdin().read_to_end(&mut Vec::new());
            is_over.store(true, Ordering::SeqCst);
        });
        while !is_over.load(Ordering::SeqCst) {
            let since = Instant::now();
            *owned.borrow_mut()? += 1;
            owned.flush()?;
            (commits, slowest) = (commits + 1, slowest.max(since.elapsed()));
            std::thread::sleep(PAUSE);
        }
        Ok(())
    })?;
    assert_eq!(owned.into_inner()?, commits, "each commit is in the value");
    writeln!(stdout(), "{commits} {}", slowest.as_micros())?;
    Ok(())
}

/// Keeps sessions open until the standard input is closed.
fn attend(address: &str) -> Done {
    let _stores = (0..SESSIONS).map(|_| Store::open(address)).collect::<Result<Vec<_>, _>>()?;
    writeln!(stdout(), "ready")?;
    stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// Another process of this program, which has said that it is ready.
struct Other(Child, BufReader<ChildStdout>);

impl Other {
    fn start(arguments: &[&str]) -> Done<Self> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let reports = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut other = Self(child, reports);
        if other.said()? == "ready" { Ok(other) } else { Err("a process did not begin".into()) }
    }

    fn said(&mut self) -> Done<String> {
        let mut line = String::new();
        self.1.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }

    /// Tells the process to end, and waits. Returns its last line. Fails if the process fails.
    fn end(mut self) -> Done<String> {
        drop(self.0.stdin.take());
        let line = self.said()?;
        let status = self.0.wait()?;
        if status.success() { Ok(line) } else { Err(format!("a process failed: {status}").into()) }
    }
}

/// A connection to the server that belongs to no session.
struct Observer(redis::Connection);

impl Observer {
    fn of(server: &RedisServer) -> Done<Self> {
        let socket = redis::ConnectionAddr::Unix(server.socket());
        Ok(Self(redis::Client::open(socket)?.get_connection()?))
    }

    fn ask<T: redis::FromRedisValue>(&mut self, words: &[&str]) -> Done<T> {
        Ok(redis::cmd(words[0]).arg(&words[1..]).query(&mut self.0)?)
    }

    /// Returns how many sessions are alive, or dead and not yet recovered.
    fn sessions(&mut self) -> Done<u64> {
        self.ask(&["HLEN", "{ref:crowd}:names"])
    }

    /// Returns how many objects are orphans or in transit. (`crowd` sends no objects.)
    fn orphans(&mut self) -> Done<u64> {
        self.ask(&["ZCARD", "{ref:crowd}:deadlines"])
    }
}

fn deaths(objects: u32) -> Done {
    let server = RedisServer::start();
    let (address, mut observer) = (server.address("crowd"), Observer::of(&server)?);
    let bystanders = (0..BYSTANDERS).map(|_| Other::start(&["commit", &address])).collect::<Done<Vec<_>>>()?;
    let mut owner = Other::start(&["own", &address, &objects.to_string()])?;
    let sessions = observer.sessions()?;
    owner.0.kill()?;
    owner.0.wait()?;
    let killed = Instant::now();
    while observer.ask::<u64>(&["HLEN", "{ref:crowd}:dead"])? == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    println!("the session is declared dead after  {:>8.2} s", killed.elapsed().as_secs_f64());
    let declared = Instant::now();
    while observer.sessions()? == sessions {
        std::thread::sleep(Duration::from_millis(5));
    }
    println!("its objects are orphans after       {:>8.2} s more", declared.elapsed().as_secs_f64());
    let orphaned = Instant::now();
    while observer.orphans()? > 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    println!(
        "they are removed after              {:>8.2} s more, with {objects} objects",
        orphaned.elapsed().as_secs_f64()
    );
    let (mut commits, mut slowest) = (0, 0);
    for bystander in bystanders {
        let line = bystander.end()?;
        let (count, micros) = line.split_once(' ').ok_or("a bystander said nothing")?;
        (commits, slowest) = (commits + count.parse::<u64>()?, slowest.max(micros.parse::<u64>()?));
    }
    println!("{BYSTANDERS} bystanders: none lost, {commits} commits, the slowest took {:.1} ms", slowest as f64 / 1e3);
    let left: Vec<String> = observer.ask(&["KEYS", "*"])?;
    if left.is_empty() { Ok(()) } else { Err(format!("{} keys are left, such as {}", left.len(), left[0]).into()) }
}

fn idle(processes: usize) -> Done {
    let server = RedisServer::start();
    let mut observer = Observer::of(&server)?;
    let others =
        (0..processes).map(|_| Other::start(&["attend", &server.address("crowd")])).collect::<Done<Vec<_>>>()?;
    let pids: Vec<String> = others.iter().map(|other| other.0.id().to_string()).collect();
    let used = |pids: &[String]| pids.iter().map(|pid| seconds(pid)).sum::<Done<f64>>();
    let server_pid = [server.pid().to_owned()];
    let (began, theirs, servers) = (Instant::now(), used(&pids)?, used(&server_pid)?);
    std::thread::sleep(WATCHED);
    let share = |after: f64, before: f64| (after - before) * 100.0 / began.elapsed().as_secs_f64();
    let (theirs, servers) = (share(used(&pids)?, theirs), share(used(&server_pid)?, servers));
    let threads: usize =
        pids.iter().map(|pid| Ok(std::fs::read_dir(format!("/proc/{pid}/task"))?.count())).sum::<Done<_>>()?;
    let clients: String = observer.ask(&["CLIENT", "LIST"])?;
    println!(
        "{} sessions in {processes} processes: {servers:.2} % of a core in the server, {theirs:.2} % in the processes",
        processes * SESSIONS
    );
    println!("{threads} threads, {} connections", clients.lines().count() - 1);
    others.into_iter().try_for_each(|other| other.end().map(drop))
}

/// Returns how many seconds of processor time the threads of a process have used. Threads that have ended do not count.
fn seconds(pid: &str) -> Done<f64> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task"))?;
    let mut nanos = 0.0;
    for thread in threads {
        let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        nanos += text.split(' ').next().ok_or("no time")?.parse::<f64>()?;
    }
    Ok(nanos / 1e9)
}
