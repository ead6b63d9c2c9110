//! Calls that fail: which error they return, and that they change nothing.

use super::functions::{Even, Grid, environment, explode, hoard, increment, leave, note, process, swallow, total};
use super::{assert_empty, lab};
use ref_core::{ErrorKind, Workers};
use ref_tests::Scene;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

#[test]
fn a_panic_is_told_with_its_place_and_the_worker_goes_on() {
    let (_scene, store, workers) = lab(1);
    let mut grid = store.put(Grid::of(&[1])).unwrap();
    let pid = process::call(&workers).unwrap();
    let error = explode::call(&workers, &mut grid, "too hot".into()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Panicked);
    let text = error.to_string();
    assert!(text.contains("too hot") && text.contains("remote/functions.rs:"), "{text}");
    assert_eq!(*grid.borrow_mut().unwrap(), Grid::of(&[1]));
    assert_eq!(process::call(&workers).unwrap(), pid);
}

#[test]
fn a_worker_that_ends_is_told_with_its_code_and_replaced() {
    let (_scene, store, workers) = lab(1);
    let mut grid = store.put(Grid::of(&[1])).unwrap();
    let pid = process::call(&workers).unwrap();
    let error = leave::call(&workers, &mut grid, 3).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WorkerDied);
    assert!(error.to_string().contains(&format!("worker {pid} exited with code 3")), "{error}");
    assert_eq!(*grid.borrow_mut().unwrap(), Grid::of(&[1]));
    assert_ne!(process::call(&workers).unwrap(), pid);
}

#[test]
fn a_worker_that_was_killed_while_it_waited_costs_no_call() {
    let (_scene, _store, workers) = lab(1);
    let pid = process::call(&workers).unwrap();
    kill(pid);
    assert_ne!(process::call(&workers).unwrap(), pid);
}

#[test]
fn a_change_that_cannot_be_read_undoes_the_others() {
    let (_scene, store, workers) = lab(1);
    let (mut grid, mut number) = (Grid::of(&[1]), Even(2));
    assert_eq!(increment::call(&workers, &mut grid, &mut number).unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!((&grid, &number), (&Grid::of(&[1]), &Even(2)));
    let (mut grid, mut number) = (store.put(grid).unwrap(), store.put(number).unwrap());
    assert_eq!(increment::call(&workers, &mut grid, &mut number).unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!((&*grid.borrow_mut().unwrap(), &*number.borrow_mut().unwrap()), (&Grid::of(&[1]), &Even(2)));
}

/// Calls that were sent ahead to the dead worker, and not begun there, are run by the next worker.
#[test]
fn a_death_in_a_map_ends_one_call_and_not_those_behind_it() {
    let (scene, _store, workers) = lab(1);
    let file = scene.base().join("numbers");
    let path = file.to_str().unwrap();
    let error = note::map(&workers, (0..100).map(|number| (number, path))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WorkerDied);
    assert!(error.to_string().contains("exited with code 7"), "{error}");
    let noted = std::fs::read_to_string(file).unwrap();
    let noted: Vec<u64> = noted.lines().map(|line| line.parse().unwrap()).collect();
    // The file has each call but 7 that was begun before the error was seen, once and in order.
    let expected: Vec<u64> = (0..100).filter(|number| *number != 7).take(noted.len()).collect();
    assert_eq!(noted, expected);
    assert!(noted.len() >= 31, "{noted:?}");
}

#[test]
fn a_memory_limit_kills_the_worker_alone() {
    let _scene = Scene::new();
    let workers = Workers::builder(1).memory(1 << 30).start().unwrap();
    assert!(hoard::call(&workers, 1 << 20).unwrap() >= 1 << 20);
    let error = hoard::call(&workers, 1 << 32).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WorkerDied);
    let text = error.to_string();
    assert!(text.contains("SIGABRT") && text.contains("Builder::memory"), "{text}");
    assert!(hoard::call(&workers, 1 << 20).is_ok());
}

#[test]
fn restarts_can_be_limited() {
    let workers = Workers::builder(1).restarts(1).start().unwrap();
    let mut grid = Grid::of(&[1]);
    for _ in 0..2 {
        assert_eq!(leave::call(&workers, &mut grid, 1).unwrap_err().kind(), ErrorKind::WorkerDied);
    }
    let error = process::call(&workers).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WorkerDied);
    assert!(error.to_string().contains("no more are started"), "{error}");
    let spawned = workers.scope(|s| process::spawn(s)?.join());
    assert_eq!(spawned.unwrap_err().kind(), ErrorKind::WorkerDied);
}

#[test]
fn an_owner_whose_worker_cannot_be_started_comes_back() {
    let (_scene, store, _) = lab(1);
    let workers = Workers::builder(1).restarts(0).start().unwrap();
    let mut gone = Grid::of(&[1]);
    leave::call(&workers, &mut gone, 1).unwrap_err();
    let grid = store.put(Grid::of(&[1, 2])).unwrap();
    let grid = swallow::call_or_return(&workers, grid).unwrap_err().handle.unwrap();
    assert_eq!(total::call(&Workers::start(1).unwrap(), &grid).unwrap(), 3);
    drop(grid);
    assert_empty(&store);
}

#[test]
fn a_program_that_serves_nothing_is_refused() {
    let error = Workers::builder(1).command("true", [""; 0]).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WorkerDied);
    assert!(error.to_string().contains("remote::init()"), "{error}");
    let error = Workers::builder(1).command("/nonexistent/program", [""; 0]).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(Workers::start(0).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn workers_have_the_environment_that_they_are_given() {
    let workers = Workers::builder(1).env("REF_TEST_COLOUR", "green").start().unwrap();
    assert_eq!(environment::call(&workers, "REF_TEST_COLOUR").unwrap().as_deref(), Some("green"));
}

/// Kills the process, and returns when all its threads have ended.
pub(crate) fn kill(pid: u32) {
    let pid = Pid::from_raw(pid as i32).unwrap();
    let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    let _ = pidfd_send_signal(&process, Signal::KILL);
    poll(&mut [PollFd::new(&process, PollFlags::IN)], None).unwrap();
}

/// If a worker does not begin to serve, the error's remedy depends on the cause.
#[test]
fn a_worker_that_does_not_begin_says_what_to_do_about_its_cause() {
    let scene = Scene::new();
    let told = |program: &str, arguments: &[&str]| {
        let error = Workers::builder(1).command(program, arguments).start().unwrap_err();
        (error.kind(), error.to_string())
    };
    let plain = scene.base().join("plain");
    std::fs::write(&plain, "no program").unwrap();
    let cases = [
        (told("true", &[]), ErrorKind::WorkerDied, "the first line of its `main`"),
        (told("sh", &["-c", "echo missing >&2; exit 3"]), ErrorKind::WorkerDied, "see what it has printed"),
        (told("sh", &["-c", "kill -SEGV $$"]), ErrorKind::WorkerDied, "see what it has printed"),
        (
            told("sh", &["-c", "printf '\\1\\0\\0\\0\\1\\0\\0\\0\\0\\0\\0\\0x' >&0"]),
            ErrorKind::WorkerDied,
            "the same version of",
        ),
        (told("/there/is/none", &[]), ErrorKind::Io, "name a program that is there"),
        (told(plain.to_str().unwrap(), &[]), ErrorKind::NotPermitted, "`chmod +x`"),
    ];
    for ((kind, text), expected, remedy) in cases {
        assert_eq!(kind, expected, "{text}");
        assert!(text.contains(remedy), "{remedy}: {text}");
    }
}
