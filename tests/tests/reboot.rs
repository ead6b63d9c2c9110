//! A store after another boot of the machine. The test changes the boot in the ledger's header, when no process has the
//! store open.

use ref_core::{ErrorKind, Key, Ownership, Store, Ticket};
use ref_tests::{Actor, Note, Scene};
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

/// Offsets of words in the ledger's file, and of `NOTE` in a record, as `docs/layout.md` has them for 1,024 slots.
const BOOT: u64 = 40;
const CLOCK: u64 = 136;
const FIRST_RECORD: u64 = 4096 + 8 * 1024;
const NOTE: u64 = 60;

/// Makes a store whose only process was killed. The store has an owned object and an object in transit. The deadline of
/// the object in transit is a tenth of a second after the boot, and so is over. Returns the ticket of the object in
/// transit.
fn left_behind(scene: &Scene) -> Ticket<Note, Ownership> {
    let mut giver = scene.actor();
    giver.ask("put sent 7 100").ok();
    giver.ask("put owned 8 100").ok();
    let ticket = giver.ask("into_ticket sent").ok();
    giver.kill();
    change(scene, FIRST_RECORD + NOTE, &1_u32.to_ne_bytes());
    ticket.parse().unwrap()
}

fn change(scene: &Scene, at: u64, bytes: &[u8]) {
    let ledger = OpenOptions::new().write(true).open(scene.folder().join("ledger")).unwrap();
    ledger.write_all_at(bytes, at).unwrap();
}

fn open(scene: &Scene) -> Store {
    Store::open(&format!("file:{}", scene.folder().display())).unwrap()
}

#[test]
fn a_deadline_that_is_over_is_over() {
    let scene = Scene::new();
    let ticket = left_behind(&scene);
    assert_eq!(open(&scene).claim(ticket).unwrap_err().kind(), ErrorKind::Gone);
}

#[test]
fn after_another_boot_objects_in_transit_stay_and_others_go() {
    let scene = Scene::new();
    let ticket = left_behind(&scene);
    change(&scene, BOOT, &1_u64.to_ne_bytes());
    let store = open(&scene);
    assert_eq!(scene.versions(), 1);
    assert_eq!(store.claim(ticket).unwrap().borrow().unwrap().n, 7);
}

/// An opener stores the new boot in the header after it has set all deadlines again. If the opener is killed before
/// that, the next opener still finds the old boot, and sets the deadlines again.
#[test]
fn a_first_opener_that_is_killed_leaves_the_deadlines_to_the_next() {
    let scene = Scene::new();
    let ticket = left_behind(&scene);
    change(&scene, BOOT, &1_u64.to_ne_bytes());
    let mut first = Actor::new(&scene, "kill:boot.noted");
    first.tell("open shm://scene");
    first.wait_killed();
    // The old deadline is set again, as if the killed opener had not come to the object.
    change(&scene, FIRST_RECORD + NOTE, &1_u32.to_ne_bytes());
    assert_eq!(open(&scene).claim(ticket).unwrap().borrow().unwrap().n, 7);
}

/// After another boot a name leads to its object, and an object of a dead adopter is detached.
#[test]
fn after_another_boot_names_and_what_was_detached_once_are_there() {
    let scene = Scene::new();
    let mut maker = scene.actor();
    maker.ask("named set notes/a 3 100").ok();
    maker.ask("put b 4 100").ok();
    let key = maker.ask("detach b").ok();
    maker.ask(&format!("adopt b {key}")).ok();
    maker.ask("named write notes/a 9").ok();
    maker.kill();
    change(&scene, BOOT, &1_u64.to_ne_bytes());
    let store = open(&scene);
    let mut note = store.named::<Note>("notes/a").unwrap();
    assert_eq!(note.update(|note| note.n).unwrap(), 3, "the writer had not committed");
    let names: Vec<String> = store.names("").unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["notes/a"]);
    assert_eq!(store.adopt(key.parse::<ref_core::Key<Note>>().unwrap()).unwrap().into_inner().unwrap().n, 4);
}

/// Ten hours, in tenths of a second. The earlier boot was noted last when the machine had run for nine years.
const TEN_HOURS: u32 = 360_000;
const NOTED: u32 = 3_000_000_000;

/// Makes a store with an object that had so much time left when the last session of the earlier boot ended.
fn left_for_a_time(scene: &Scene, left: i32) -> Key<Note> {
    let store = scene.store();
    let key = store.put_for(Note::sized(5, 100), Duration::from_secs(3600)).unwrap();
    drop(store);
    change(scene, FIRST_RECORD + NOTE, &NOTED.saturating_add_signed(left).to_ne_bytes());
    change(scene, CLOCK, &u64::from(NOTED).to_ne_bytes());
    change(scene, BOOT, &1_u64.to_ne_bytes());
    key
}

fn time_left(store: &Store) -> Duration {
    store.objects().unwrap()[0].time_left.unwrap()
}

#[test]
fn after_another_boot_an_object_has_the_time_that_was_left() {
    let scene = Scene::new();
    let key = left_for_a_time(&scene, TEN_HOURS as i32);
    let store = scene.store();
    assert_eq!(store.get(&key).unwrap().n, 5);
    assert!(time_left(&store) <= Duration::from_millis(36_000_200), "{:?}", time_left(&store));
}

#[test]
fn after_another_boot_what_was_over_goes() {
    let scene = Scene::new();
    let key = left_for_a_time(&scene, -1);
    let store = scene.store();
    assert!(time_left(&store) <= Duration::from_millis(200), "{:?}", time_left(&store));
    while store.exists(&key).unwrap() {
        std::thread::yield_now();
    }
    assert_eq!(store.reap().unwrap(), 1);
}

/// If the first opener is killed, the next one leaves a time as it is, and takes nothing from it twice.
#[test]
fn a_first_opener_that_is_killed_takes_no_time_away() {
    for (point, most) in [("boot.noted", TEN_HOURS), ("boot.unclocked", u32::MAX)] {
        let scene = Scene::new();
        let key = left_for_a_time(&scene, TEN_HOURS as i32);
        let mut first = Actor::new(&scene, &format!("kill:{point}"));
        first.tell("open shm://scene");
        first.wait_killed();
        let store = scene.store();
        assert_eq!(store.get(&key).unwrap().n, 5, "at {point}");
        assert!(time_left(&store) > Duration::from_secs(3600), "at {point}");
        assert!(time_left(&store) <= Duration::from_millis(u64::from(most) * 100 + 200), "at {point}");
    }
}
