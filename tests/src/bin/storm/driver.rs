//! The driver: starts the server, the proxy and the workers, stops and kills workers, lends counters to them, and
//! compares every counter with what the workers have reported.

use crate::{Dice, LEASE, LOST, Violation, is_unanswered, options, sure, surely};
use ref_core::{ErrorKind, Key, Loan, Owned, Store};
use ref_tests::proxy::{Faults, Proxy};
use ref_tests::{Note, RedisServer};
use std::collections::{HashMap, HashSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Detached counters, which the workers adopt. Their numbers are 0 to `DETACHED - 1`.
const DETACHED: u64 = 24;
/// Counters that the driver's sessions lend. Their numbers begin at `DETACHED`.
const LENT: u64 = 4;
/// Workers that run at the same time.
const WORKERS: usize = 7;
/// The first `STEADY` workers are not killed, and are not stopped for longer than the lease. Only these workers adopt.
const STEADY: usize = 3;

/// What the workers have reported about one counter.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    acknowledged: u64,
    /// Changes that were begun, and whose end was reported as `unknown`, or not at all.
    unanswered: u64,
}

/// What the threads of the driver share.
struct Shared {
    address: String,
    tallies: Mutex<HashMap<String, Tally>>,
    /// The desks of the workers whose reports are still read.
    desks: Mutex<Vec<Arc<Desk>>>,
    is_over: AtomicBool,
}

/// What the driver needs to give tickets to a worker.
struct Desk {
    pid: u32,
    input: Mutex<Option<ChildStdin>>,
    /// For each counter that the worker has a ticket of, the sender that is dropped when the worker is done with the
    /// ticket. `None` after the worker's end.
    waiting: Mutex<Option<HashMap<String, Sender<()>>>>,
}

struct Worker {
    child: Child,
    desk: Arc<Desk>,
    /// Whether the driver has stopped the worker for longer than the lease. Otherwise, a lost session is a fault.
    may_be_lost: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn drive(seconds: u64, seed: u64) -> Result<(), Violation> {
    println!("{WORKERS} workers for {seconds} s, seed {seed}");
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), seed);
    let shared = Shared {
        address: proxy.address("storm"),
        tallies: Mutex::default(),
        desks: Mutex::default(),
        is_over: AtomicBool::new(false),
    };
    let store = open(&server.address("storm"))?;
    let zero = |_| store.put(Note::sized(0, 10)).and_then(Owned::detach);
    let keys: Vec<Key<Note>> = (0..DETACHED).map(zero).collect::<Result<_, _>>().map_err(|e| e.to_string())?;
    proxy.go_wrong(Faults { cut: 30, drop: 4, delay: 20, twice: 100 });

    let (stormed, lent) = std::thread::scope(|scope| {
        let shared = &shared;
        let lenders: Vec<_> =
            (DETACHED..DETACHED + LENT).map(|counter| scope.spawn(move || lend(shared, counter, seed))).collect();
        let stormed = storm(scope, shared, &server, &keys, seconds, seed);
        shared.is_over.store(true, Ordering::SeqCst);
        if stormed.is_err() {
            dismiss(shared); // The lenders may wait for the workers.
        }
        let lent: Vec<_> = lenders.into_iter().map(|lender| lender.join().expect("no panic")).collect();
        dismiss(shared);
        let stormed = stormed.and_then(|(mut workers, mut figures)| {
            while !workers.is_empty() {
                bury(&mut workers, &mut figures)?;
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok(figures)
        });
        (stormed, lent)
    });
    let figures = stormed?;
    proxy.go_wrong(Faults::default());

    let tallies = lock(&shared.tallies).clone();
    let of = |counter: u64| tallies.get(&counter.to_string()).copied().unwrap_or_default();
    let mut total = Tally::default();
    for (counter, ends) in (DETACHED..).zip(lent) {
        let (value, committed) = ends?;
        if value != committed {
            return Err(format!("counter {counter} is {value}, and {committed} loans ended with a commit"));
        }
        compare(counter, value, of(counter), &mut total)?;
    }
    for (counter, key) in (0..).zip(keys) {
        compare(counter, take(&store, &key)?, of(counter), &mut total)?;
    }
    drop(store);
    let counts = proxy.counts();
    println!("every counter is right: {total:?}; {figures:?}; {counts:?}");
    nothing_left(&server)
}

/// Opens a session of the driver. Repeats the call until the server answers.
fn open(address: &str) -> Result<Store, Violation> {
    sure(|| options().open(address)).map_err(|error| format!("the driver cannot open the store: {error:?}"))
}

/// Adds `tally` to `total`. Fails unless `acknowledged <= value <= acknowledged + unanswered`.
fn compare(counter: u64, value: u64, tally: Tally, total: &mut Tally) -> Result<(), Violation> {
    total.acknowledged += tally.acknowledged;
    total.unanswered += tally.unanswered;
    if (tally.acknowledged..=tally.acknowledged + tally.unanswered).contains(&value) {
        return Ok(());
    }
    Err(format!("counter {counter} is {value}, and {tally:?}"))
}

/// Takes a detached counter out of the store, and returns its value. If a worker was killed while it read the counter,
/// waits until the lease of that worker's session has run out.
fn take(store: &Store, key: &Key<Note>) -> Result<u64, Violation> {
    let fault = |error: &ref_core::Error| format!("a detached counter cannot be taken: {error:?}");
    loop {
        match sure(|| store.adopt(key.clone())) {
            Err(error) if error.kind() == ErrorKind::Conflict => std::thread::sleep(Duration::from_millis(50)),
            Err(error) => return Err(fault(&error)),
            Ok(owned) => {
                let note = surely(owned, Owned::into_inner_or_return);
                return note.map(|note| note.n).map_err(|refused| fault(&refused.error));
            }
        }
    }
}

/// Tells all workers to end, by closing their standard input.
fn dismiss(shared: &Shared) {
    for desk in lock(&shared.desks).iter() {
        drop(lock(&desk.input).take());
    }
}

/// How often workers were killed, stopped or lost a session, and how often the server was stopped.
#[derive(Debug, Default)]
struct Figures {
    killed: u64,
    stopped: u64,
    stopped_for_longer_than_the_lease: u64,
    lost_for_that: u64,
    server_stopped: u64,
}

type Stormed = (Vec<Worker>, Figures);

/// Kills and stops workers, stops the server, and starts new workers, until the time is over. Returns the workers that
/// are left. Fails if a worker cannot start or fails, or if no change was acknowledged in a minute.
fn storm<'scope>(
    scope: &'scope std::thread::Scope<'scope, '_>,
    shared: &'scope Shared,
    server: &RedisServer,
    keys: &[Key<Note>],
    seconds: u64,
    seed: u64,
) -> Result<Stormed, Violation> {
    let (mut dice, mut figures, mut workers, mut started) = (Dice::new(seed), Figures::default(), Vec::new(), 0);
    let until = Instant::now() + Duration::from_secs(seconds);
    let (mut told, mut so_far) = (Instant::now(), 0);
    while Instant::now() < until {
        while workers.len() < WORKERS {
            started += 1;
            let is_mortal = started > STEADY as u64;
            workers.push(start(scope, shared, keys, seed + started, is_mortal)?);
        }
        std::thread::sleep(Duration::from_millis(dice.below(2000)));
        let (any, mortal) =
            (dice.below(WORKERS as u64) as usize, STEADY + dice.below((WORKERS - STEADY) as u64) as usize);
        match dice.below(16) {
            0..=7 => {
                figures.killed += 1;
                let _killed_or_dead = workers[mortal].child.kill();
            }
            8..=11 => {
                figures.stopped += 1;
                pause(workers[any].desk.pid, dice.below(2000));
            }
            12 => {
                figures.stopped_for_longer_than_the_lease += 1;
                workers[mortal].may_be_lost = true;
                pause(workers[mortal].desk.pid, LEASE + 2000);
            }
            13 => {
                figures.server_stopped += 1;
                pause(server.pid().parse().expect("a process number"), dice.below(1500));
            }
            _ => {}
        }
        bury(&mut workers, &mut figures)?;
        if told.elapsed() > Duration::from_secs(60) {
            told = Instant::now();
            let before = so_far;
            so_far = lock(&shared.tallies).values().map(|tally| tally.acknowledged).sum::<u64>();
            if so_far == before {
                return Err("no change was acknowledged in a minute".to_owned());
            }
            println!("{so_far} acknowledged so far; {figures:?}");
        }
    }
    Ok((workers, figures))
}

/// Stops a process for `millis` milliseconds.
fn pause(pid: u32, millis: u64) {
    for signal in ["-STOP", "-CONT"] {
        let _dead_or_told = Command::new("kill").arg(signal).arg(pid.to_string()).output();
        if signal == "-STOP" {
            std::thread::sleep(Duration::from_millis(millis));
        }
    }
}

/// Starts a worker, and a thread that reads its reports.
fn start<'scope>(
    scope: &'scope std::thread::Scope<'scope, '_>,
    shared: &'scope Shared,
    keys: &[Key<Note>],
    seed: u64,
    is_mortal: bool,
) -> Result<Worker, Violation> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    let mortality = if is_mortal { "mortal" } else { "steady" };
    command.args(["work", &shared.address, &seed.to_string(), mortality]).args(keys.iter().map(Key::to_text));
    let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = started.map_err(|error| format!("a worker does not start: {error}"))?;
    let desk = Arc::new(Desk {
        pid: child.id(),
        input: Mutex::new(child.stdin.take()),
        waiting: Mutex::new(Some(HashMap::new())),
    });
    let reports = child.stdout.take().ok_or("a worker has no output")?;
    lock(&shared.desks).push(Arc::clone(&desk));
    let reader = Arc::clone(&desk);
    scope.spawn(move || listen(shared, &reader, reports));
    Ok(Worker { child, desk, may_be_lost: false })
}

/// Reads a worker's reports until the worker's end.
fn listen(shared: &Shared, desk: &Desk, reports: ChildStdout) {
    let mut begun: HashSet<String> = HashSet::new();
    for line in BufReader::new(reports).lines().map_while(Result::ok) {
        let (what, counter) = line.split_once(' ').unwrap_or((&line, ""));
        let mut tallies = lock(&shared.tallies);
        let tally = tallies.entry(counter.to_owned()).or_default();
        match what {
            "begin" => drop(begun.insert(counter.to_owned())),
            "done" => tally.acknowledged += u64::from(begun.remove(counter)),
            "none" => drop(begun.remove(counter)),
            "unknown" => tally.unanswered += u64::from(begun.remove(counter)),
            "over" => drop(lock(&desk.waiting).as_mut().and_then(|waiting| waiting.remove(counter))),
            _ => {}
        }
    }
    for counter in begun {
        lock(&shared.tallies).entry(counter).or_default().unanswered += 1;
    }
    lock(&shared.desks).retain(|other| other.pid != desk.pid);
    drop(lock(&desk.waiting).take());
}

/// Removes the workers that have ended from `workers`. Fails if one of them has found a fault, or has lost a session
/// although it was not stopped for longer than the lease.
fn bury(workers: &mut Vec<Worker>, figures: &mut Figures) -> Result<(), Violation> {
    let mut wrong = Ok(());
    workers.retain_mut(|worker| {
        let Ok(Some(status)) = worker.child.try_wait() else { return true };
        match (status.code(), status.signal()) {
            (Some(0), _) | (_, Some(9)) => {}
            (Some(code), _) if code == i32::from(LOST) && worker.may_be_lost => figures.lost_for_that += 1,
            (Some(code), _) if code == i32::from(LOST) => {
                wrong = Err(format!("process {} has lost its session without a cause", worker.desk.pid));
            }
            _ => wrong = Err(format!("process {} has found a fault, see above: {status}", worker.desk.pid)),
        }
        false
    });
    wrong
}

/// Lends a counter to the workers until the storm is over: by turns to at most two readers, and to one writer. Returns
/// the counter's value, and how many loans ended with a commit.
fn lend(shared: &Shared, counter: u64, seed: u64) -> Result<(u64, u64), Violation> {
    let store = open(&shared.address)?;
    let mut dice = Dice::new(seed + counter);
    let put = surely(Note::sized(0, 10), |note| store.put_or_return(note));
    let mut owned = put.map_err(|refused| format!("the driver cannot put a counter: {:?}", refused.error))?;
    let (counter, mut committed) = (counter.to_string(), 0);
    let fault = |error: &ref_core::Error| format!("the lender of counter {counter}: {error:?}");
    while !shared.is_over.load(Ordering::SeqCst) {
        let loan = sure(|| owned.lend()).map_err(|error| fault(&error))?;
        let (done, ended) = channel();
        for _ in 0..dice.below(3) {
            let ticket = loan.ticket().map_err(|error| fault(&error))?.to_text();
            give(shared, &mut dice, &counter, &ticket, done.clone());
        }
        drop(done);
        let _all_done = ended.recv();
        end(loan).map_err(|error| fault(&error))?;

        let loan = match owned.lend_mut() {
            Err(error) if is_unanswered(&error) => continue,
            lent => lent.map_err(|error| fault(&error))?,
        };
        let (done, ended) = channel();
        let ticket = loan.ticket().map_err(|error| fault(&error))?.to_text();
        give(shared, &mut dice, &counter, &ticket, done);
        let _all_done = ended.recv();
        committed += u64::from(end(loan).map_err(|error| fault(&error))?);
    }
    let note = surely(owned, Owned::into_inner_or_return).map_err(|refused| fault(&refused.error))?;
    Ok((note.n, committed))
}

/// Sends a ticket to a random worker. `done` is dropped when the worker is done with the ticket or has ended, or at
/// once if there is no worker.
fn give(shared: &Shared, dice: &mut Dice, counter: &str, ticket: &str, done: Sender<()>) {
    let desk = {
        let desks = lock(&shared.desks);
        if desks.is_empty() {
            return;
        }
        Arc::clone(&desks[dice.below(desks.len() as u64) as usize])
    };
    match lock(&desk.waiting).as_mut() {
        Some(waiting) => drop(waiting.insert(counter.to_owned(), done)),
        None => return,
    }
    if let Some(input) = lock(&desk.input).as_mut() {
        let _told_or_dead = writeln!(input, "{counter} {ticket}");
    }
}

/// Ends a loan, and returns whether a borrower has committed. Waits until all borrowers are done. Waits for a killed
/// borrower until the lease of its session has run out.
fn end<A: ref_core::access::Access>(loan: Loan<'_, Note, A>) -> Result<bool, ref_core::Error> {
    let mut loan = loan;
    loop {
        match loan.end_or_return() {
            Ok(ended) => return Ok(ended.committed.is_some()),
            Err(refused) if refused.error.is_retryable() => loan = refused.handle,
            Err(refused) => return Err(refused.error),
        }
    }
}

/// Waits until the server has no key any more. A session that was killed leaves its keys until its lease has run out,
/// and a version that a lost reader may read goes after ten minutes. Fails if keys are left after a minute and nothing
/// more is recovered. If only versions are left, fails after 700 seconds.
fn nothing_left(server: &RedisServer) -> Result<(), Violation> {
    let began = Instant::now();
    loop {
        let visitor = open(&server.address("storm"))?;
        let recovered = visitor.reap().map_err(|error| format!("the last visitor: {error:?}"))?;
        drop(visitor);
        let left = keys(&server.socket()).map_err(|error| format!("the server's keys: {error}"))?;
        if left.is_empty() {
            println!("no key is left, {:?} after the last process's end", began.elapsed());
            return Ok(());
        }
        let patience = if left.iter().all(|key| key.contains("version:")) { 700 } else { 60 };
        if began.elapsed() > Duration::from_secs(patience) && recovered == 0 {
            return Err(format!("keys are left: {left:?}"));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Returns every key in the server.
fn keys(socket: &Path) -> Result<Vec<String>, redis::RedisError> {
    let client = redis::Client::open(redis::ConnectionAddr::Unix(socket.to_owned()))?;
    redis::cmd("KEYS").arg("*").query(&mut client.get_connection()?)
}
