//! Times that a program asks for: nothing is over earlier than asked, in spite of rounding and of other clocks.

use ref_core::{ErrorKind, Ownership, Store, StoreOptions, Ticket};
use ref_tests::{Note, Scene};
use std::time::{Duration, Instant};

/// Sends a note, and asks again and again whether the note is in transit. Returns how long the note was in transit.
fn time_in_transit(address: &str, transit: Duration) -> Duration {
    let store = StoreOptions::new().ticket_timeout(transit).open(address).unwrap();
    let witness = Store::open(address).unwrap();
    let begun = Instant::now();
    let ticket = store.put(Note::sized(7, 10)).unwrap().into_ticket().unwrap();
    while store.stats().unwrap().in_transit > 0 {
        witness.reap().unwrap();
        std::thread::yield_now();
    }
    let over = begun.elapsed();
    assert_eq!(store.claim(ticket).unwrap_err().kind(), ErrorKind::Gone);
    over
}

#[test]
fn a_ticket_waits_no_shorter_than_it_was_told() {
    let scene = Scene::new();
    for address in [format!("file:{}", scene.folder().display()), "memory:times".to_owned()] {
        for millis in [1, 99, 100, 350, 360, 900] {
            let asked = Duration::from_millis(millis);
            let over = time_in_transit(&address, asked);
            assert!(over >= asked, "{address}: {asked:?} were over after {over:?}");
        }
    }
}

/// The clocks of a time namespace may be days ahead, or behind. A ticket is valid equally long in every namespace.
#[test]
fn a_ticket_outlives_its_way_into_another_time_namespace_and_back() {
    let scene = Scene::new();
    let mut ahead = ref_tests::Actor::ahead(&scene, 1_000_000);
    let store = scene.store();
    let ticket = store.put(Note::sized(7, 10)).unwrap().into_ticket().unwrap();
    ahead.ask("reap").ok();
    ahead.ask(&format!("claim a {}", ticket.to_text())).ok();
    assert_eq!(ahead.ask("borrow a").ok(), "7");

    let back: Ticket<Note, Ownership> = ahead.ask("into_ticket a").ok().parse().unwrap();
    store.reap().unwrap();
    assert_eq!(store.claim(back).unwrap().borrow().unwrap().n, 7);
    ahead.finish();
}

/// A deadline that was set in a namespace whose clock is ahead passes in this namespace when it is due, and not days
/// later.
#[test]
fn a_deadline_of_another_time_namespace_passes_in_time() {
    let scene = Scene::new();
    let mut ahead = ref_tests::Actor::ahead(&scene, 1_000_000);
    ahead.ask("open shm://scene 1").ok();
    ahead.ask("put a 7 10").ok();
    let ticket: Ticket<Note, Ownership> = ahead.ask("into_ticket a").ok().parse().unwrap();
    let store = scene.store();
    while store.stats().unwrap().in_transit > 0 {
        store.reap().unwrap();
        std::thread::yield_now();
    }
    assert_eq!(store.claim(ticket).unwrap_err().kind(), ErrorKind::Gone);
}
