//! A forked child has a copy of every handle, and none of the rights.

use ref_tests::{Actor, Scene};

/// What a child is told: its memory is its own, and the store is its parent's.
const TOLD: &str = "Ok(3) borrow_mut:ok changed:ok flush:Forked unload:Forked lend:Forked lend_mut:Forked \
                    try_clone:Forked put:Forked stats:Forked reap:Forked";
const TOLD_AT_LAST: &str = "into_ticket:Forked detach:Forked release:Forked";

fn forked(actor: &mut Actor, address: &str) -> String {
    actor.ask(&format!("fork a 4 {address}")).ok()
}

#[test]
fn a_forked_child_has_its_memory_and_the_store_has_nothing_of_it() {
    let scene = Scene::new();
    let (mut owner, mut other) = (scene.actor(), scene.actor());
    owner.ask("put a 3 100").ok();
    other.ask("put b 7 100").ok();
    other.ask("into_lent b").ok();
    let ticket = other.ask("ticket b").ok();
    owner.ask(&format!("redeem r {ticket}")).ok();
    owner.ask("borrow r").ok();

    let told = forked(&mut owner, "shm://scene");
    assert_eq!(told, format!("{TOLD} open:Forked read_r:ok release_r:Forked {TOLD_AT_LAST}"));

    // The child dropped all its copies, and is dead: nothing of its parent's went with it.
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
    owner.ask("into_lent a").ok();
    let ticket = owner.ask("ticket a").ok();
    owner.ask(&format!("redeem r {ticket}")).ok();
    owner.ask("borrow r").ok();
    owner.ask("put a 3 100").ok();
    let told = forked(&mut owner, "memory:mine");
    assert_eq!(told, format!("{TOLD} open:ok read_r:ok release_r:Forked {TOLD_AT_LAST}"));
    assert_eq!(owner.ask("stats").ok(), "2 objects, 0 detached");
    assert_eq!(owner.ask("end a 0").kind(), "Timeout");
    owner.ask("drop r").ok();
    owner.ask("end a 0").ok();
    assert_eq!(owner.ask("into_inner a").ok(), "3");
}

#[test]
fn a_child_s_end_is_not_its_parent_s_death() {
    let scene = Scene::new();
    let (mut owner, mut reader) = (scene.actor(), scene.actor());
    owner.ask("put a 3 100").ok();
    owner.ask("unload a").ok();
    let told = forked(&mut owner, "shm://scene");
    assert!(told.starts_with("Err(Forked) borrow_mut:Forked"), "what is not loaded is in the store: {told}");
    owner.ask("into_lent a").ok();
    let ticket = owner.ask("ticket a").ok();
    reader.ask(&format!("redeem r {ticket}")).ok();
    assert_eq!(reader.ask("borrow r").ok(), "3", "nobody recovered its slot");
}
