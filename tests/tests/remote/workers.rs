//! The pool of workers.

use super::failures::kill;
use super::functions::{Grid, hold, process, start_workers, started, started_on_a_socket};
use super::scopes::{begun, text};
use super::{assert_empty, lab};
use ref_core::{ErrorKind, Store, Workers};
use ref_tests::{Scene, in_a_child};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::cell::RefCell;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn workers_are_gone_when_their_pool_is() {
    let (_scene, _store, workers) = lab(2);
    let pids = workers.idle();
    assert_eq!((pids.len(), workers.count()), (2, 2));
    drop(workers);
    assert!(pids.iter().all(|pid| !Path::new(&format!("/proc/{pid}")).exists()));
}

#[test]
fn a_pool_that_cannot_be_whole_leaves_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("first");
    let first_alone =
        r#"if mkdir "$0"; then echo $$ > "$0/pid"; exec "$@"; else until [ -s "$0/pid" ]; do :; done; fi"#;
    let this = std::env::current_exe().unwrap();
    let worker = ["--exact", "ref_worker", "--ignored", "--nocapture"].map(Path::new);
    let program = [Path::new("-c"), Path::new(first_alone), &first, &this].into_iter().chain(worker);
    let error = Workers::builder(2).command("sh", program).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WorkerDied);
    let pid = std::fs::read_to_string(first.join("pid")).unwrap();
    assert!(!Path::new("/proc").join(pid.trim()).exists());
}

#[test]
fn two_pools_are_two() {
    let (one, two) = (Workers::start(1).unwrap(), Workers::start(1).unwrap());
    assert_ne!(process::call(&one).unwrap(), process::call(&two).unwrap());
}

/// The parent is killed while its workers run functions that never end. The workers end, and no object and no session
/// of theirs is left in the store.
#[test]
fn workers_die_with_their_parent_and_leave_nothing() {
    let (scene, folder) = (Scene::new(), tempfile::tempdir().unwrap());
    let store: Store = scene.store();
    let address = format!("file:{}", scene.folder().display());
    let mut parent = Command::new(env!("CARGO_BIN_EXE_remote"));
    parent.arg(address).arg(folder.path()).stdout(Stdio::piped());
    let mut parent = parent.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(parent.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let pids: Vec<u32> = line.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
    assert_eq!(pids.len(), 2);
    kill(parent.id());
    parent.wait().unwrap();
    while pids.iter().any(|pid| is_alive(*pid)) {
        std::thread::yield_now();
    }
    store.reap().unwrap();
    assert_empty(&store);
    assert_eq!(store.stats().unwrap().sessions, 1);
}

#[test]
fn a_worker_starts_no_workers_and_what_it_starts_is_none() {
    let (_scene, _store, workers) = lab(1);
    let told = start_workers::call(&workers).unwrap().unwrap_err();
    assert!(told.contains("this process is a worker"), "{told}");
    // The program has the worker's environment, but not the worker's socket.
    assert_eq!(started::call(&workers, env!("CARGO_BIN_EXE_remote")).unwrap(), b"no arguments\n");
    assert_eq!(started_on_a_socket::call(&workers, env!("CARGO_BIN_EXE_remote")).unwrap(), b"no arguments\n");
}

/// A library in a foreign program may call `init` while the standard input is closed. The runtime of a Rust program
/// opens `/dev/null` in its place, so the program of this test closes it again.
#[test]
fn a_program_without_a_standard_input_is_no_worker() {
    let output = Command::new(env!("CARGO_BIN_EXE_remote")).arg("closed").env("REF_WORKER", "1").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "no arguments\n", "{output:?}");
}

/// A program that has not called `init` starts no workers: each worker would start workers again.
#[test]
fn a_program_without_init_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_remote")).arg("uninitialized").output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.starts_with("NotInitialized: ") && told.contains("remote::init();"), "{told}");
}

#[test]
fn a_forked_child_leaves_the_workers_alone() {
    let (_scene, _store, workers) = lab(1);
    let pid = process::call(&workers).unwrap();
    let workers = RefCell::new(Some(workers));
    let wrong = in_a_child(|| {
        let workers = workers.take().unwrap();
        let refused = |result: ref_core::Result<u32>| result.is_err_and(|error| error.kind() == ErrorKind::Forked);
        // The child drops its copy of the pool when it ends.
        vec![refused(process::call(&workers)), refused(workers.scope(|s| process::spawn(s)?.join()))]
    });
    assert_eq!(wrong, 0);
    assert_eq!(process::call(workers.borrow().as_ref().unwrap()).unwrap(), pid);
}

/// Returns whether any thread of the process is left. A process that is dead and was not waited for counts as ended.
pub(crate) fn is_alive(pid: u32) -> bool {
    let process = pidfd_open(Pid::from_raw(pid as i32).unwrap(), PidfdFlags::empty());
    process.is_ok_and(|process| poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&Timespec::default())) == Ok(0))
}

/// While a worker runs a long call, the queue does not grow by calls that come and are cancelled.
#[test]
fn calls_that_are_cancelled_in_the_queue_leave_it() {
    let (_scene, _store, workers) = lab(1);
    let folder = tempfile::tempdir().unwrap();
    let [begun_at, go] = ["begun", "go"].map(|name| folder.path().join(name));
    let mut grid = Grid::default();
    let ran = workers.scope(|s| {
        let run = hold::spawn(s, &mut grid, text(&begun_at), text(&go))?;
        begun(&begun_at);
        let waits = process::spawn(s)?;
        for _ in 0..1000 {
            assert_eq!(process::spawn(s)?.cancel().kind(), ErrorKind::Cancelled);
        }
        let queued = workers.stats().queued;
        std::fs::write(&go, "").unwrap();
        run.join().and(waits.join())?;
        Ok(queued)
    });
    assert!(ran.unwrap() <= 64);
}
