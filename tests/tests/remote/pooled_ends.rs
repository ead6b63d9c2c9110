//! How workers and callers of a pool end: hosts that start no process, signals, messages that cannot be read, lost
//! sessions.

use super::functions::{Grid, hold, leave, process, total};
use super::pooled::{Joined, Lab, until};
use super::scopes::{begun, text};
use super::workers::is_alive;
use ref_core::{ErrorKind, Workers};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

/// A process that has no room for files starts no worker process. The one before has ended in a call, or between calls.
#[test]
fn a_host_that_can_start_no_worker_process_takes_no_call() {
    let lab = Lab::new();
    let first = Joined::start(&lab.pool);
    let workers = Workers::on(&lab.pool).unwrap();
    let files = |current| {
        let limit = prlimit(Some(first.pid()), Resource::Nofile, Rlimit { current, maximum: Some(4096) });
        assert!(limit.unwrap().current.is_some());
    };
    for is_idle in [false, true] {
        until(|| workers.count() == 1);
        let running = process::call(&workers).unwrap();
        files(Some(3));
        if is_idle {
            kill_process(Pid::from_raw(running as i32).unwrap(), Signal::KILL).unwrap();
            until(|| !is_alive(running));
        } else {
            let error = leave::call(&workers, &mut Grid::default(), 3).unwrap_err();
            assert!(error.to_string().contains("exited with code 3"), "{error}");
        }
        let second = workers.scope(|s| {
            let runs: Vec<_> = (0..5).map(|_| process::spawn(s)).collect::<ref_core::Result<_>>()?;
            let second = Joined::start(&lab.pool);
            let ran: Vec<_> = runs.into_iter().map(ref_core::remote::Run::join).collect();
            Ok((second, ran))
        });
        let (mut second, ran) = second.unwrap();
        assert!(ran.iter().all(Result::is_ok), "{ran:?}");
        files(Some(1024));
        until(|| workers.count() == 2);
        second.signal(Signal::TERM);
        assert!(second.wait().success());
    }
}

/// The second signal is for a function that does not return.
#[test]
fn a_worker_that_is_asked_to_end_answers_its_call_and_leaves() {
    let mut lab = Lab::new();
    let folder = tempfile::tempdir().unwrap();
    let [begun_at, go, again, never] = ["begun", "go", "again", "never"].map(|name| folder.path().join(name));
    let workers = Workers::on(&lab.pool).unwrap();
    let (mut first, mut grid, mut other) = (Joined::start(&lab.pool), Grid::default(), Grid::default());
    let (behind, mut second) = workers
        .scope(|s| {
            let run = hold::spawn(s, &mut grid, text(&begun_at), text(&go))?;
            begun(&begun_at);
            first.signal(Signal::TERM);
            let behind = process::spawn(s)?;
            std::fs::write(&go, "").unwrap();
            assert_eq!(run.join()?, 1);
            assert_eq!(first.wait().code(), Some(0));
            assert_eq!(lab.members('w'), Vec::<String>::new());
            let second = Joined::start(&lab.pool);
            Ok((behind.join()?, second))
        })
        .unwrap();
    assert!(behind > 0 && grid.step == 1);
    let error = workers.scope(|s| {
        let run = hold::spawn(s, &mut other, text(&again), text(&never))?;
        begun(&again);
        second.signal(Signal::INT);
        second.signal(Signal::TERM);
        run.join()
    });
    assert_eq!((error.unwrap_err().kind(), other.step), (ErrorKind::WorkerDied, 0));
    let ended_by = std::os::unix::process::ExitStatusExt::signal(&second.wait());
    assert_eq!((ended_by, workers.count()), (Some(Signal::TERM.as_raw()), 0));

    // An idle one leaves at once.
    let mut third = Joined::start(&lab.pool);
    until(|| workers.count() == 1);
    third.signal(Signal::TERM);
    assert_eq!((third.wait().code(), workers.count()), (Some(0), 0));
}

/// Returns whether the process has a thread of that name, which is asleep.
fn sleeps(pid: Pid, name: &str) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().map(|thread| thread.unwrap().path());
    let mut stats = threads.map(|thread| std::fs::read_to_string(thread.join("stat")).unwrap_or_default());
    stats.any(|stat| stat.contains(&format!("({name}) S ")))
}

/// A user that may not read, and a process that has no memory for a message.
#[test]
fn what_can_never_be_read_fails_its_calls() {
    let mut lab = Lab::new();
    let joined = Joined::start(&lab.pool);
    let workers = Workers::on(&lab.pool).unwrap();
    until(|| workers.count() == 1);
    let pid = joined.pid();
    until(|| sleeps(pid, "ref-renewals"));
    // After a call, the threads of the process have the memory that they need to run.
    assert!(process::call(&workers).is_ok());
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")?.trim().strip_suffix(" kB")).unwrap();
    let current = Some((size.parse::<u64>().unwrap() << 10) + (16 << 20));
    prlimit(Some(pid), Resource::As, Rlimit { current, maximum: None }).unwrap();
    let large = Grid { step: 0, cells: vec![1; 4 << 20] };
    let error = total::call(&workers, &large).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoAddressSpace, "{error}");
    assert_eq!(total::call(&workers, &Grid::of(&[1, 2])).unwrap(), 3);

    redis::cmd("ACL").arg(&["SETUSER", "me", "-xread"]).exec(&mut lab.connection).unwrap();
    let error = process::call(&workers).unwrap_err();
    assert_eq!((error.kind(), lab.members('c')), (ErrorKind::NotPermitted, Vec::<String>::new()));
}

/// The server has lost a call that it had acknowledged.
#[test]
fn a_caller_whose_session_is_lost_leaves() {
    let mut lab = Lab::new();
    let workers = Workers::on(&lab.pool).unwrap();
    let member = lab.members('c').remove(0);
    let lost = workers.scope(|s| {
        let run = process::spawn(s)?;
        redis::cmd("HSET")
            .arg(Lab::key(&format!("calls:{member}")))
            .arg(&["last", "0"])
            .exec(&mut lab.connection)
            .unwrap();
        run.join()
    });
    assert_eq!(lost.unwrap_err().kind(), ErrorKind::SessionLost);
    until(|| !lab.members('c').contains(&member));
}
