//! A full file system: every call that writes says so, gives its handle back, and loses nothing.
//!
//! The store lies on a small tmpfs that only the actor sees, mounted in a user namespace. Where the system does not
//! permit that, these tests fail and say so.

use ref_tests::{Actor, Scene};

/// An actor with a store on 16 MiB, and one large object that takes most of what is left.
fn cramped(scene: &Scene) -> Actor {
    let mut actor = Actor::cramped(scene, "16m");
    actor.ask("open shm://scene").ok();
    actor
}

/// Fills the store: large objects first, then small ones.
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

    // A commit needs room for its version as well, and keeps its lease and value when there is none.
    actor.ask("lend_mut large0").ok();
    let ticket = actor.ask("ticket").ok();
    actor.ask("forget").ok();
    actor.ask(&format!("redeem_mut w {ticket}")).ok();
    actor.ask("set w 9").ok();
    assert_eq!(actor.ask("commit w").kind(), "StoreFull");
    assert_eq!(actor.ask("borrow w").ok(), "9");

    // What only takes out or gives back needs no room; afterwards there is some.
    assert_eq!(actor.ask("into_inner large1").ok(), "1");
    actor.ask("commit w").ok();
    assert_eq!(actor.ask("borrow large0").ok(), "9");
    actor.ask("release large2").ok();
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
    assert!(refused.text().contains("`records`"), "{}", refused.text());
}
