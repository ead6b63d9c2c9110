//! A full file system: every call that writes fails with an error that says so. No handle and no value is lost.
//!
//! The store lies on a small tmpfs that only the actor sees, mounted in a user namespace. Where the system does not
//! permit that, these tests fail and say so.

use ref_tests::{Actor, Note, Scene};

/// Starts an actor that opens a store on a file system of 16 MiB.
fn cramped(scene: &Scene) -> Actor {
    let mut actor = Actor::cramped(scene, "16m");
    actor.ask("open shm://scene").ok();
    actor
}

/// Fills the store with objects: first large ones, then smaller ones.
fn fill(actor: &mut Actor) {
    for (kind, size) in [("large", 1_000_000), ("small", 10_000), ("tiny", 1)] {
        for nth in 0.. {
            match actor.ask(&format!("put {kind}{nth} 1 {size}")).kind() {
                "ok" => {}
                kind => {
                    assert_eq!(kind, "StoreFull");
                    break;
                }
            }
        }
    }
}

#[test]
fn a_full_store_refuses_and_loses_nothing() {
    let scene = Scene::new();
    let mut actor = cramped(&scene);
    actor.ask("put kept 3 200000").ok();
    fill(&mut actor);
    let refused = actor.ask("put more 1 1000000");
    assert_eq!(refused.kind(), "StoreFull");
    assert!(refused.text().contains("free some space"), "{}", refused.text());

    actor.ask("set kept 4").ok();
    for order in ["flush kept", "into_ticket kept", "lend kept", "lend_mut kept"] {
        assert_eq!(actor.ask(order).kind(), "StoreFull", "{order}");
        assert_eq!(actor.ask("borrow kept").ok(), "4", "after {order}");
    }

    // A commit needs room for its version as well. Without room the commit is refused, and the actor keeps the lease
    // with its value.
    actor.ask("lend_mut large0").ok();
    let ticket = actor.ask("ticket").ok();
    actor.ask("forget").ok();
    actor.ask(&format!("redeem_mut w {ticket}")).ok();
    actor.ask("set w 9").ok();
    assert_eq!(actor.ask("commit w").kind(), "StoreFull");
    assert_eq!(actor.ask("borrow w").ok(), "9");

    // Calls that only take an object out or give it back need no room, and may free some.
    assert_eq!(actor.ask("into_inner large1").ok(), "1");
    actor.ask("commit w").ok();
    assert_eq!(actor.ask("borrow large0").ok(), "9");
    actor.ask("remove large2").ok();
    let ticket = actor.ask("into_ticket kept").ok();
    actor.ask(&format!("claim kept {ticket}")).ok();
    assert_eq!(actor.ask("borrow kept").ok(), "4");
    actor.finish();
}

#[test]
fn no_room_for_a_ledger_is_an_error_and_no_signal() {
    let scene = Scene::new();
    let mut actor = Actor::cramped(&scene, "1m");
    let refused = actor.ask("open shm://scene");
    assert_eq!(refused.kind(), "StoreFull");
    assert!(refused.text().contains("`max_objects`"), "{}", refused.text());
}

/// The ledger has holes in a copy, in a store from another file system, and in a file from which zeroes were cut out.
#[test]
fn no_room_for_the_holes_of_a_ledger_is_an_error_and_no_signal() {
    for (way, order) in [
        ("cp -a $FROM scene", "open shm://scene as_copy"),
        ("mv $FROM scene", "open shm://scene"),
        ("mv $FROM scene && { \"$0\" <$ORDERS >/dev/null; } && fallocate -d scene/ledger", "open shm://scene"),
    ] {
        for fill in ["true", "{ head -c 1G /dev/zero >full 2>/dev/null; test -s full; }"] {
            let (scene, from) = (Scene::new(), Scene::new());
            drop(from.store().put(Note::sized(1, 100)).unwrap().detach().unwrap());
            let orders = from.base().join("orders");
            std::fs::write(&orders, "open shm://scene\n").unwrap();
            let way = way.replace("$FROM", &from.folder().display().to_string());
            let way = way.replace("$ORDERS", &orders.display().to_string());
            let mut actor = Actor::prepared(&scene, "16m", &format!("{way} && {fill}"));
            let opened = actor.ask(order);
            if fill == "true" {
                assert_eq!(opened.kind(), "ok", "{way}: {}", opened.text());
                self::fill(&mut actor);
                assert_eq!(actor.ask("crowd 2000").kind(), "StoreFull");
                actor.finish();
            } else {
                assert_eq!(opened.kind(), "StoreFull", "{way}");
                assert!(opened.text().contains("; free some"), "{}", opened.text());
            }
        }
    }
}

#[test]
fn a_store_that_cannot_be_written_is_told_as_such() {
    let (scene, from) = (Scene::new(), Scene::new());
    drop(from.store());
    let script = format!("mv {} scene && mount -o remount,ro .", from.folder().display());
    let mut actor = Actor::prepared(&scene, "16m", &script);
    for (name, remedy) in [("scene", "mounted for writing"), ("other", "a place that can be written")] {
        let refused = actor.ask(&format!("open shm://{name}"));
        assert!(refused.text().contains(remedy), "{}", refused.text());
    }
    actor.finish();
}

/// The calls of the system that a commit makes before its swap.
const BEFORE: [&str; 3] = ["version.make", "version.write", "version.link"];

/// A value whose commit was refused is not stored by the next commit, which has another value.
#[test]
fn a_refused_commit_is_not_done_and_the_next_one_is() {
    for call in BEFORE {
        let (scene, mut owned) = Scene::with_note(3, 10_000);
        let loan = owned.lend_mut().unwrap();
        let mut writer = scene.actor_with(&format!("enospc:{call}"));
        writer.redeem("w", &loan.ticket().unwrap()).ok();
        writer.ask("set w 4").ok();
        assert_eq!(writer.ask("commit w").kind(), "StoreFull", "at {call}");
        assert_eq!(writer.ask("is_current w").ok(), "true", "at {call}");
        writer.ask("set w 5").ok();
        writer.ask("commit w").ok();
        assert!(loan.end().unwrap().committed.is_some(), "at {call}");
        assert_eq!(owned.borrow().unwrap().n, 5, "at {call}");
        assert_eq!(scene.versions(), 1, "at {call}");
    }
}

/// If a borrower gives up after a refused commit, the lender has the value that was lent.
#[test]
fn a_refused_commit_that_is_given_up_leaves_the_lender_what_it_lent() {
    for call in BEFORE {
        let (scene, mut owned) = Scene::with_note(3, 10_000);
        let loan = owned.lend_mut().unwrap();
        let mut writer = scene.actor_with(&format!("enospc:{call}"));
        writer.redeem("w", &loan.ticket().unwrap()).ok();
        writer.ask("set w 4").ok();
        assert_eq!(writer.ask("commit w").kind(), "StoreFull", "at {call}");
        writer.ask("drop w").ok();
        assert_eq!(loan.end().unwrap().committed, None, "at {call}");
        assert_eq!(owned.borrow().unwrap().n, 3, "at {call}");
        owned.borrow_mut().unwrap().n = 6;
        owned.flush().unwrap();
        assert_eq!(scene.versions(), 1, "at {call}");
    }
}

/// An owner whose flush was refused can flush again, and then lend.
#[test]
fn a_refused_flush_is_repeated() {
    // Earlier calls of the same kind make the object and its folder.
    for (call, nth) in BEFORE.into_iter().zip([3, 2, 1]) {
        let scene = Scene::new();
        let mut owner = scene.actor_with(&format!("enospc:{call}:{nth}"));
        owner.ask("put a 3 10000").ok();
        owner.ask("set a 4").ok();
        assert_eq!(owner.ask("flush a").kind(), "StoreFull", "at {call}");
        owner.ask("set a 5").ok();
        owner.ask("flush a").ok();
        owner.ask("lend a").ok();
        let ticket = owner.ask("ticket").ok();
        let mut reader = scene.actor();
        reader.ask(&format!("redeem r {ticket}")).ok();
        assert_eq!(reader.ask("borrow r").ok(), "5", "at {call}");
    }
}

/// After its swap a commit is done, even if an old file cannot be removed. The session's next call removes the file.
#[test]
fn a_commit_that_cannot_clear_up_is_done() {
    for nth in [1, 2] {
        let (scene, mut owned) = Scene::with_note(3, 10_000);
        let loan = owned.lend_mut().unwrap();
        let mut writer = scene.actor_with(&format!("enospc:version.unlink:{nth}"));
        writer.redeem("w", &loan.ticket().unwrap()).ok();
        writer.ask("set w 4").ok();
        writer.ask("commit w").ok();
        assert_eq!(scene.versions(), 2, "call {nth}");
        assert!(loan.end().unwrap().committed.is_some(), "call {nth}");
        assert_eq!(owned.borrow().unwrap().n, 4, "call {nth}");
        writer.ask("stats").ok();
        assert_eq!(scene.versions(), 1, "call {nth}");
    }
}

/// The ledger's blocks are allocated beforehand: otherwise a full file system would end the process by SIGBUS.
#[test]
fn a_file_system_that_cannot_set_bytes_aside_is_told_as_such() {
    let scene = Scene::new();
    let mut actor = Actor::mounted(&scene, "ramfs", "mode=0700");
    let refused = actor.ask("open shm://scene");
    assert_eq!(refused.kind(), "UnsupportedFilesystem");
    assert!(refused.text().contains("cannot set bytes aside, as ext2 and ramfs cannot"), "{}", refused.text());
    assert!(refused.text().contains("on tmpfs, ext4, xfs or btrfs"), "{}", refused.text());
}
