//! A storm on a pool: workers are killed, or asked to end, and others join while calls run, and the server is killed and
//! started again.
//!
//! Each call appends its number to a file. So a call that has run twice is seen, and so is one that has returned and has
//! not run. A call that has lost its worker, or its caller's session, is made again, until every number has come back
//! once.

use crate::{Done, Joined, connect, noted, pool_in};
use ref_core::{ErrorKind, Workers};
use ref_tests::RedisServer;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How many workers there are at a time.
const WORKERS: usize = 8;
/// The pause between two deaths of workers.
const PAUSE: Duration = Duration::from_millis(400);
/// How many calls are sent before the first of them is over.
const IN_FLIGHT: usize = 64;
/// The server has written down whatever it has acknowledged.
const OPTIONS: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "always"];

pub(crate) fn storm(calls: u64) -> Done {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("ran").display().to_string();
    let server = RedisServer::start_with(&OPTIONS);
    let pool = pool_in(&server);
    let mut joined = (0..WORKERS).map(|_| Joined::start(&pool)).collect::<Done<Vec<_>>>()?;
    let workers = Workers::on(&pool)?;
    let (is_over, done, began) = (AtomicBool::new(false), AtomicU64::new(0), Instant::now());
    let (returned, disturbed) = std::thread::scope(|threads| {
        let disturbing =
            threads.spawn(|| disturb(server, &pool, &mut joined, &is_over, &|| 2 * done.load(SEEN) > calls));
        let returned = all_return(&workers, &path, calls, &done);
        is_over.store(true, SEEN);
        (returned, disturbing.join())
    });
    let ((lost, sessions), (server, deaths)) = (returned?, disturbed.map_err(|_| "the disturbing thread panicked")??);
    let took = began.elapsed();
    let ran = std::fs::read_to_string(&path)?;
    let lines = ran.lines().count() as u64;
    let numbers: HashSet<(u64, u64)> = ran.lines().map(number_and_try).collect::<Done<_>>()?;
    if numbers.len() as u64 != lines {
        return Err(format!("{} calls have run twice", lines - numbers.len() as u64).into());
    }
    if numbers.iter().map(|(number, _)| *number).collect::<HashSet<_>>().len() as u64 != calls {
        return Err("a call has returned and has not run".into());
    }
    drop((workers, joined));
    let emptied = until_empty(&server, &pool)?;
    println!(
        "{calls} calls in {took:.1?}: each has returned once, and each try has run at most once; {deaths} workers were \
         ended, half of them by SIGTERM, and the server was killed once; {lost} calls lost their workers, {sessions} their session, and were made again; no \
         key was left {emptied:.1?} after the last process's end"
    );
    Ok(())
}

const SEEN: Ordering = Ordering::SeqCst;

fn number_and_try(line: &str) -> Done<(u64, u64)> {
    let (number, nth) = line.split_once(' ').ok_or("a torn line")?;
    Ok((number.parse()?, nth.parse()?))
}

/// Makes all calls until each has returned. Returns how many have lost their workers, and how many their session.
fn all_return(workers: &Workers, path: &str, calls: u64, done: &AtomicU64) -> Done<(u64, u64)> {
    let (mut open, mut sum) = ((0..calls).collect::<Vec<u64>>(), 0_u64);
    let (mut lost, mut sessions) = (0, 0);
    for nth in 0_u64.. {
        if open.is_empty() {
            break;
        }
        let made: Vec<u64> = std::mem::take(&mut open);
        workers.scope(|s| {
            let items = made.iter().map(|number| (*number, nth, path.to_owned()));
            for (index, returned) in noted::map(s, items).in_flight(IN_FLIGHT).unordered() {
                match returned {
                    Ok(number) => sum += number,
                    Err(error) if matches!(error.kind(), ErrorKind::WorkerDied | ErrorKind::SessionLost) => {
                        open.push(made[index]);
                        (lost, sessions) = match error.kind() {
                            ErrorKind::WorkerDied => (lost + 1, sessions),
                            _ => (lost, sessions + 1),
                        };
                    }
                    Err(error) => return Err(error),
                }
                done.fetch_add(1, SEEN);
            }
            Ok(())
        })?;
    }
    if sum == calls * (calls - 1) / 2 { Ok((lost, sessions)) } else { Err(format!("the sum is {sum}").into()) }
}

/// Ends workers, one after the other, and has another join for each, until `is_over`: one is killed, and the next one is
/// asked to end. Kills the server once, when `is_halfway`. Returns the server, and how many workers were ended.
fn disturb(
    mut server: RedisServer,
    pool: &str,
    joined: &mut [Joined],
    is_over: &AtomicBool,
    is_halfway: &dyn Fn() -> bool,
) -> Done<(RedisServer, u64)> {
    let (mut deaths, mut was_killed) = (0, false);
    while !is_over.load(SEEN) {
        std::thread::sleep(PAUSE);
        let nth = deaths as usize % joined.len();
        let ended = std::mem::replace(&mut joined[nth], Joined::start(pool)?);
        if deaths % 2 == 1 {
            ended.leave()?;
        }
        deaths += 1;
        if !was_killed && is_halfway() {
            let killed = Instant::now();
            server.kill();
            server = server.restart(&OPTIONS);
            println!("the server was away for {:.1?}", killed.elapsed());
            was_killed = true;
        }
    }
    if was_killed { Ok((server, deaths)) } else { Err("the calls were over before the server was killed".into()) }
}

/// Waits until nothing of the pool is in the server. Callers join and leave meanwhile, which find dead members.
fn until_empty(server: &RedisServer, pool: &str) -> Done<Duration> {
    let began = Instant::now();
    loop {
        drop(Workers::on(pool)?);
        let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connect(server)?)?;
        match (keys.is_empty(), began.elapsed()) {
            (true, took) => return Ok(took),
            (false, took) if took > Duration::from_secs(120) => return Err(format!("keys are left: {keys:?}").into()),
            _ => std::thread::sleep(PAUSE),
        }
    }
}
