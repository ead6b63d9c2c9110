//! Signals to groups of processes, processes that fork, and processes that are stopped.

use super::failures::kill;
use super::functions::{echo, fork_and_keep, fork_and_return, process};
use super::workers::is_alive;
use ref_core::{ErrorKind, Workers};
use ref_tests::{Scene, spawn_asleep};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{scope, yield_now};

/// Starts a process in its own group. Returns the process, and the process numbers in the first line that it prints.
fn started(what: &str) -> (Child, Vec<u32>) {
    // A shell without job control, as in a script, starts its background processes with SIGINT ignored. Their children
    // inherit this.
    let mut program = Command::new("env");
    program.args(["--default-signal=INT", env!("CARGO_BIN_EXE_program"), what]);
    let mut program = program.process_group(0).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (program, line.split_whitespace().map(|pid| pid.parse().unwrap()).collect())
}

fn raw(pid: u32) -> Pid {
    Pid::from_raw(pid as i32).unwrap()
}

/// Stops the process, and returns when it is stopped.
fn stop(pid: u32) {
    kill_process(raw(pid), Signal::STOP).unwrap();
    while !std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap().contains(") T ") {
        yield_now();
    }
}

#[test]
fn the_calls_of_a_program_that_handles_ctrl_c_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_program"));
    let output = program.arg("interrupted").arg(folder.path()).process_group(0).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "held: true\n", "{output:?}");
}

#[test]
fn a_program_that_does_not_handle_ctrl_c_ends_with_all_that_its_workers_have_started() {
    let (mut program, pids) = started("ordinary");
    assert_eq!(pids.len(), 2);
    kill_process_group(raw(program.id()), Signal::INT).unwrap();
    program.wait().unwrap();
    while pids.iter().any(|pid| is_alive(*pid)) {
        yield_now();
    }
}

/// An idle worker closes its stores when its parent exits without dropping the pool. The last process that closes the
/// store removes it.
#[test]
fn an_idle_worker_leaves_its_stores_when_its_parent_exits() {
    let scene = Scene::new();
    let output = Command::new(env!("CARGO_BIN_EXE_program")).arg("exits").env("REF_STORE_DIR", scene.base()).output();
    let output = output.unwrap();
    let worker: u32 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    while is_alive(worker) {
        yield_now();
    }
    assert!(!scene.base().join("left").exists());
}

#[test]
fn workers_die_with_a_parent_that_has_forked() {
    let (mut program, pids) = started("forked");
    program.wait().unwrap();
    let [child, workers @ ..] = &pids[..] else { panic!("{pids:?}") };
    while workers.iter().any(|pid| is_alive(*pid)) {
        yield_now();
    }
    assert!(is_alive(*child));
    kill(*child);
}

/// The request is larger than the socket holds, so the caller waits for room. When the worker dies, the wait ends,
/// although a child of the worker keeps the socket open.
#[test]
fn a_worker_that_has_forked_and_died_is_told_while_its_child_lives() {
    let workers = Workers::start(1).unwrap();
    let (worker, child) = (process::call(&workers).unwrap(), fork_and_keep::call(&workers).unwrap() as u32);
    stop(worker);
    let error = scope(|s| {
        let call = spawn_asleep(s, || echo::call(&workers, vec![7; 1 << 20]));
        kill(worker);
        call.join().unwrap().unwrap_err()
    });
    assert_eq!(error.kind(), ErrorKind::WorkerDied);
    assert!(is_alive(child));
    kill(child);
    assert!(process::call(&workers).is_ok());
}

/// A worker has sent a part of a response and died. A child of the worker keeps the socket open.
#[test]
fn half_an_answer_of_a_dead_worker_is_not_waited_for() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_program"));
    let mut program = program.arg("half").stdout(Stdio::piped()).spawn().unwrap();
    let mut told = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut told).unwrap();
    let (child, kind) = told.trim().split_once(' ').unwrap();
    assert_eq!(kind, "WorkerDied");
    assert!(program.wait().unwrap().success());
    kill(child.parse().unwrap());
}

#[test]
fn a_function_that_comes_back_in_a_forked_child_answers_once() {
    let workers = Workers::start(1).unwrap();
    let worker = process::call(&workers).unwrap();
    for _ in 0..20 {
        assert_eq!(fork_and_return::call(&workers).unwrap(), worker);
        assert_eq!(process::call(&workers).unwrap(), worker);
    }
}

/// A new worker is in its parent's process group until it has its own. Until then, a signal to the parent's group may
/// end the worker.
#[test]
fn a_worker_that_a_signal_has_ended_before_it_served_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let this = std::env::current_exe().unwrap();
    let start = |script: &str, name: &str| {
        let mark = folder.path().join(name);
        let program = [Path::new("-c"), Path::new(script), &mark, &this];
        let worker = ["--exact", "ref_worker", "--ignored", "--nocapture"].map(Path::new);
        Workers::builder(2).command("sh", program.into_iter().chain(worker)).restarts(0).start()
    };
    let first_alone = r#"if mkdir "$0" 2>/dev/null; then kill -TERM $$; fi; exec "$@" > /dev/null"#;
    let workers = start(first_alone, "first").unwrap();
    assert_eq!(echo::map(&workers, vec![vec![1], vec![2]]).unwrap(), [[1], [2]]);

    // Each process that is started makes a folder. The folders are counted below.
    let always = r#"mkdir -p "$0/$$"; kill -TERM $$"#;
    let error = start(always, "always").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WorkerDied);
    let told = error.to_string();
    assert!(told.contains("SIGTERM") && told.contains("what sends it signals") && !told.contains("printed"), "{told}");
    assert!(folder.path().join("always").read_dir().unwrap().count() <= 5, "one of two is tried four times");
}

/// A pool tells all its workers to exit before it waits for one of them. So a stopped worker does not delay the others'
/// ends.
#[test]
fn a_stopped_worker_keeps_no_other_from_its_end() {
    let workers = Workers::start(3).unwrap();
    let pids = workers.idle();
    stop(pids[0]);
    stop(pids[1]);
    scope(|s| {
        let dropped = s.spawn(|| drop(workers));
        while is_alive(pids[2]) {
            yield_now();
        }
        assert!(is_alive(pids[0]) && is_alive(pids[1]), "one after the other");
        dropped.join().unwrap();
    });
    assert!(!pids.iter().any(|pid| is_alive(*pid)));
}
