//! Processes that end by `exit` or `abort`, with sessions that no destructor closes.

use ref_core::LoanEndCause;
use ref_tests::{Note, Scene, program};
use std::process::{Command, Stdio};

#[test]
fn a_process_of_one_thread_that_exits_leaves_nothing() {
    let scene = Scene::new();
    let mut actor = scene.actor();
    actor.ask("put a 1 1000000").ok();
    assert_eq!(actor.ask("exit").kind(), "died");
    actor.finish();
    assert!(!scene.folder().exists());
}

#[test]
fn what_it_held_is_given_back_at_once() {
    let scene = Scene::new();
    let store = scene.store();
    let mut owned = store.put(Note::sized(1, 100)).unwrap();
    let loan = owned.lend_mut().unwrap();
    let mut actor = scene.actor();
    actor.ask("put a 1 100").ok();
    actor.ask(&format!("redeem_mut w {}", loan.ticket().unwrap().to_text())).ok();
    assert_eq!(actor.ask("exit").kind(), "died");
    actor.finish();
    let stats = store.stats().unwrap();
    assert_eq!((stats.sessions, stats.objects), (1, 1));
    assert!(matches!(loan.end().unwrap().cause, LoanEndCause::Died(_)), "as after a kill: nothing was committed");
}

#[test]
fn what_was_sent_before_the_exit_can_be_claimed() {
    let scene = Scene::new();
    let mut actor = scene.actor();
    actor.ask("put a 7 100").ok();
    let ticket = actor.ask("into_ticket a").ok();
    actor.ask("exit");
    actor.finish();
    let mut next = scene.actor();
    next.ask(&format!("claim a {ticket}")).ok();
    assert_eq!(next.ask("borrow a").ok(), "7");
    next.finish();
    assert!(!scene.folder().exists());
}

/// Other threads may still be in the middle of a step when the process ends, so such a process closes no session at its
/// exit.
#[test]
fn what_a_process_with_threads_leaves_is_swept_by_the_next_opener() {
    let scene = Scene::new();
    let mut actor = scene.actor();
    actor.ask("put a 1 1000000").ok();
    actor.ask("exit beside a thread");
    actor.finish();
    assert!(scene.folder().exists());
    let mut next = ref_tests::Actor::new(&scene, "");
    next.ask("open shm://other").ok();
    assert!(!scene.folder().exists());
    next.finish();
}

fn ends(scene: &Scene, way: &str) -> String {
    let mut process = Command::new(program("exits"));
    let started = process.arg(way).env("REF_STORE_DIR", scene.base()).stdout(Stdio::piped()).spawn();
    String::from_utf8(started.unwrap().wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn wherever_its_handles_are_a_process_of_one_thread_leaves_nothing() {
    for way in [
        "static",
        "thread's variable",
        "several sessions",
        "destructor",
        "locked",
        "threads that ended",
        "child that exits",
    ] {
        let scene = Scene::new();
        ends(&scene, way);
        assert_eq!(scene.base().read_dir().unwrap().count(), 0, "{way}");
    }
}

/// An exit handler that was registered before the first store was opened runs after this crate's own handler.
#[test]
fn a_function_that_runs_later_finds_its_sessions_ended() {
    let scene = Scene::new();
    let said = ends(&scene, "late");
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].contains("is exiting") && lines[0].contains("; use the store before"), "{said}");
    assert_eq!(lines[1..], ["1"]);
    assert_eq!(scene.base().read_dir().unwrap().count(), 0);
}

#[test]
fn a_process_whose_other_thread_exits_leaves_its_store_to_the_next() {
    for way in ["another thread", "abort"] {
        let scene = Scene::new();
        ends(&scene, way);
        assert!(scene.folder().exists(), "{way}");
        scene.actor().finish();
        assert!(!scene.folder().exists(), "{way}");
    }
}
