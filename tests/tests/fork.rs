//! A forked child of a process that has a store open: it reads and changes its copies of loaded values, and nothing
//! that it does reaches the parent's store.

use ref_core::{ErrorKind, LoanEndCause, Result, Store};
use ref_tests::{_exit, Actor, Scene, fork, in_a_child};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::sync::atomic::{AtomicBool, Ordering};

fn forked<T>(result: Result<T>) -> bool {
    result.is_err_and(|error| error.kind() == ErrorKind::Forked)
}

#[test]
fn a_child_reads_what_is_loaded_and_reaches_no_store() {
    let scene = Scene::new();
    let address = format!("file:{}", scene.folder().display());
    let store = scene.store();
    let mut owned = store.put(1_u64).unwrap();
    let lent = store.put(2_u64).unwrap();
    let loan = lent.lend().unwrap();
    let lease = store.redeem(loan.ticket().unwrap()).unwrap();
    let wrong = in_a_child(|| {
        let mut answers = vec![owned.borrow().is_ok_and(|value| *value == 1)];
        *owned.borrow_mut().unwrap() = 100;
        answers.push(forked(owned.flush()));
        answers.push(forked(owned.lend()));
        answers.push(forked(store.put(3_u64)));
        answers.push(forked(Store::open(&address)));
        answers.push(forked(store.reap()));
        answers
    });
    assert_eq!(wrong, 0);
    assert_eq!(*owned.borrow().unwrap(), 1);
    owned.flush().unwrap();
    lease.release().unwrap();
    let _how_it_ended = loan.end().unwrap();
}

#[test]
fn a_child_s_destructors_give_nothing_back() {
    let scene = Scene::new();
    let store = scene.store();
    let owned = store.put(1_u64).unwrap();
    let mut lent = store.put(2_u64).unwrap();
    let number = fork();
    if number == 0 {
        drop((owned, lent, store));
        _exit(0);
    }
    let number = rustix::process::Pid::from_raw(number).unwrap();
    rustix::process::waitpid(Some(number), rustix::process::WaitOptions::empty()).unwrap();
    assert_eq!(scene.versions(), 2);
    let loan = lent.lend_mut().unwrap();
    let reader = Store::open(&format!("file:{}", scene.folder().display())).unwrap();
    assert_eq!(*reader.redeem(loan.ticket().unwrap()).unwrap().borrow().unwrap(), 2);
    let _how_it_ended = loan.end().unwrap();
    assert_eq!(owned.into_inner().unwrap(), 1);
}

/// The results of a child's calls: the child may use its own memory, but not its parent's store.
const TOLD: &str = "Ok(3) borrow_mut:ok changed:ok flush:Forked unload:Forked lend:Forked lend_mut:Forked \
                    duplicate:Forked put:Forked stats:Forked reap:Forked get:Forked exists:Forked remove_key:Forked \
                    adopt:Forked end_loan:ok revoke_loan:ok";
const TOLD_AT_LAST: &str = "into_ticket:Forked detach:Forked into_loan:Forked into_loan_mut:Forked transition:Forked \
                            into_inner:Forked remove:Forked";

fn told_in_a_child(actor: &mut Actor, address: &str) -> String {
    actor.ask(&format!("fork a 4 {address}")).ok()
}

#[test]
fn a_forked_child_has_its_memory_and_the_store_has_nothing_of_it() {
    let scene = Scene::new();
    let (mut owner, mut other) = (scene.actor(), scene.actor());
    owner.ask("put a 3 100").ok();
    other.ask("put b 7 100").ok();
    other.ask("into_loan b").ok();
    let ticket = other.ask("ticket b").ok();
    owner.ask(&format!("redeem r {ticket}")).ok();
    owner.ask("borrow r").ok();

    let told = told_in_a_child(&mut owner, "shm://scene");
    assert_eq!(told, format!("{TOLD} open:Forked read_r:ok release_r:Forked {TOLD_AT_LAST}"));

    // The child dropped all its copies, and is dead. All that its parent has in the store is still there.
    other.ask("put look 1 1").ok();
    assert_eq!(other.ask("end b 0").kind(), "Timeout", "the parent's borrow is still there");
    assert_eq!(owner.ask("borrow a").ok(), "3");
    owner.ask("set a 5").ok();
    let ticket = owner.ask("into_ticket a").ok();
    other.ask(&format!("claim a {ticket}")).ok();
    assert_eq!(other.ask("borrow a").ok(), "5");
    owner.ask("drop r").ok();
    other.ask("end b 0").ok();
    owner.finish();
    other.finish();
    assert!(!scene.folder().exists());
}

#[test]
fn a_store_in_memory_is_its_process_s_alone() {
    let scene = Scene::new();
    let mut owner = Actor::new(&scene, "");
    owner.ask("open memory:mine").ok();
    owner.ask("put a 3 100").ok();
    owner.ask("into_loan a").ok();
    let ticket = owner.ask("ticket a").ok();
    owner.ask(&format!("redeem r {ticket}")).ok();
    owner.ask("borrow r").ok();
    owner.ask("put a 3 100").ok();
    let told = told_in_a_child(&mut owner, "memory:mine");
    let of_the_loan = "end_a:Forked revoke_a:Forked";
    assert_eq!(told, format!("{TOLD} open:ok read_r:ok release_r:Forked {of_the_loan} {TOLD_AT_LAST}"));
    assert_eq!(owner.ask("stats").ok(), "2 objects, 0 detached");
    assert_eq!(owner.ask("end a 0").kind(), "Timeout");
    owner.ask("drop r").ok();
    owner.ask("end a 0").ok();
    assert_eq!(owner.ask("into_inner a").ok(), "3");
}

#[test]
fn a_child_s_copy_of_an_exclusive_loan_reaches_no_store() {
    let scene = Scene::new();
    let mut owner = scene.actor();
    for order in ["put b 7 100", "into_loan_mut b", "put a 3 100"] {
        owner.ask(order).ok();
    }
    let ticket = owner.ask("ticket b").ok();
    owner.ask(&format!("redeem_mut w {ticket}")).ok();
    owner.ask("set w 8").ok();
    let told = told_in_a_child(&mut owner, "shm://scene");
    let of_the_loan = "commit_w:Forked release_w:Forked reissue_b:Forked end_b:Forked revoke_b:Forked";
    assert_eq!(told, format!("{TOLD} open:Forked {of_the_loan} {TOLD_AT_LAST}"));
    owner.ask("commit w").ok();
    owner.ask("end b 0").ok();
    assert_eq!(owner.ask("into_inner b").ok(), "8");
}

/// A program that an actor has started. When the value is dropped, the program is killed.
struct Started(Pid);

impl Drop for Started {
    fn drop(&mut self) {
        let _dead_already = kill_process(self.0, Signal::KILL);
    }
}

/// `Command` may start a process by `vfork`: until the child runs another program, it shares its parent's memory.
#[test]
fn a_started_program_is_not_its_starter() {
    let (scene, owned) = Scene::with_note(3, 100);
    let mut reader = scene.actor();
    let loan = owned.lend().unwrap();
    reader.redeem("r", &loan.ticket().unwrap()).ok();
    let pid = reader.ask("start").ok().parse().unwrap();
    let started = Started(Pid::from_raw(pid).unwrap());
    assert_eq!(reader.ask("borrow r").ok(), "3", "the starter is no fork of itself");
    reader.kill();
    assert_eq!(loan.end().unwrap().cause, LoanEndCause::Returned);
    test_kill_process(started.0).expect("what it has started lives, and kept nothing of its");
}

#[test]
fn a_child_s_end_is_not_its_parent_s_death() {
    let scene = Scene::new();
    let (mut owner, mut reader) = (scene.actor(), scene.actor());
    owner.ask("put a 3 100").ok();
    owner.ask("unload a").ok();
    let told = told_in_a_child(&mut owner, "shm://scene");
    assert!(told.starts_with("Err(Forked) borrow_mut:Forked"), "what is not loaded is in the store: {told}");
    owner.ask("into_loan a").ok();
    let ticket = owner.ask("ticket a").ok();
    reader.ask(&format!("redeem r {ticket}")).ok();
    assert_eq!(reader.ask("borrow r").ok(), "3", "nobody recovered its slot");
}

/// A child is forked while a thread of its parent makes stores of names. The child makes stores of its own.
#[test]
fn a_child_opens_stores_in_memory_beside_its_parent_s() {
    let store = Store::open("memory:forked").unwrap();
    let kept = store.put(1_u64).unwrap();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let names = (0_u64..).take_while(|_| !is_over.load(Ordering::Relaxed));
            names.for_each(|n| drop(Store::open(&format!("memory:forked-{n}")).unwrap()));
        });
        for _ in 0..30 {
            let wrong = in_a_child(|| {
                let mine = Store::open("memory:forked").unwrap();
                let objects = |store: &Store| store.stats().map(|stats| stats.objects);
                let is_empty = objects(&mine).is_ok_and(|objects| objects == 0);
                let _owned = mine.put(2_u64).unwrap();
                let again = Store::open("memory:forked").unwrap();
                vec![is_empty, objects(&again).is_ok_and(|objects| objects == 1), forked(kept.duplicate())]
            });
            assert_eq!(wrong, 0);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert_eq!(kept.into_inner().unwrap(), 1);
}
