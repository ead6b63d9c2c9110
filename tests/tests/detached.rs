//! Objects without an owner: they outlive their processes, and exactly one process at a time can become their owner.

use ref_core::{ErrorKind, Key};
use ref_tests::{Note, Scene};

#[test]
fn a_detached_object_outlives_every_process() {
    let scene = Scene::new();
    let mut maker = scene.actor();
    maker.ask("put a 3 100").ok();
    maker.ask("set a 4").ok();
    let key = maker.ask("detach a").ok();
    maker.finish();
    assert!(scene.folder().exists(), "its last session has ended, and the store stays");

    let mut reader = scene.actor();
    assert_eq!(reader.ask(&format!("get {key}")).ok(), "4");
    assert_eq!(reader.ask(&format!("exists {key}")).ok(), "true");
    assert_eq!(reader.ask("stats").ok(), "1 objects, 1 detached");
    reader.kill();

    let mut heir = scene.actor();
    heir.ask(&format!("adopt mine {key}")).ok();
    assert_eq!(heir.ask("into_inner mine").ok(), "4");
    assert_eq!(heir.ask(&format!("exists {key}")).ok(), "false");
    assert_eq!(heir.ask(&format!("get {key}")).kind(), "Gone");
    heir.finish();
    assert!(!scene.folder().exists(), "nothing is detached any more");
}

#[test]
fn one_process_adopts_and_the_others_learn_who() {
    let scene = Scene::new();
    let (mut first, mut second) = (scene.actor(), scene.actor());
    first.ask("put a 3 100").ok();
    let key = first.ask("detach a").ok();
    second.ask(&format!("adopt a {key}")).ok();
    for order in ["get", "remove_key", "adopt a"] {
        let refused = first.ask(&format!("{order} {key}"));
        assert_eq!(refused.kind(), "Conflict", "{order}");
        assert!(refused.text().contains(&format!("process {}", second.pid())), "{order}: {}", refused.text());
    }
    assert_eq!(first.ask(&format!("exists {key}")).ok(), "true");
    second.kill();
    assert_eq!(first.ask(&format!("get {key}")).kind(), "Gone", "it went with its new owner");
    assert_eq!(first.ask(&format!("exists {key}")).ok(), "false");
}

#[test]
fn an_evicted_object_is_gone() {
    let scene = Scene::new();
    let (mut first, mut second) = (scene.actor(), scene.actor());
    first.ask("put a 3 100").ok();
    let key = first.ask("detach a").ok();
    assert_eq!(second.ask(&format!("remove_key {key}")).ok(), "true");
    assert_eq!(first.ask(&format!("remove_key {key}")).ok(), "false");
    assert_eq!(first.ask(&format!("get {key}")).kind(), "Gone");
    assert_eq!(scene.versions(), 0);
}

/// A reader never sees a part of a version, or parts of two versions.
#[test]
fn readers_by_key_race_with_owners() {
    let scene = Scene::new();
    let store = scene.store();
    let key = store.put(Note::sized(1, 30_000)).unwrap().detach().unwrap();
    let mut readers = [scene.actor(), scene.actor()];
    let text = key.to_text();
    let mut read = 0;
    for round in 0..100 {
        readers.iter_mut().for_each(|reader| reader.tell(&format!("get {text}")));
        match store.adopt(key.clone()) {
            Ok(mut owned) => {
                *owned.borrow_mut().unwrap() = Note::sized(round, 30_000);
                assert_eq!(owned.detach().unwrap(), key);
            }
            Err(refused) => assert_eq!(refused.kind(), ErrorKind::Conflict),
        }
        for reader in &mut readers {
            let answer = reader.answer();
            read += u32::from(answer.kind() == "ok");
            assert!(["ok", "Conflict"].contains(&answer.kind()), "{answer:?}");
        }
    }
    assert!(read > 0, "somebody read");
    assert!(store.get(&key).unwrap().is_whole());
    assert!(store.remove(&key).unwrap());
    assert_eq!(scene.versions(), 0);
}

/// A process that is killed while it detaches has detached the object, or still owns the object, which then goes. An
/// object is never in the store without a way to reach it.
#[test]
fn an_owner_killed_while_it_detaches_leaves_nothing() {
    for (point, size) in [
        ("flush.staged", 10_000),
        ("commit.named", 10_000),
        ("flush.swapped", 100),
        ("commit.placed", 100),
        ("commit.unstaged", 10_000),
        ("leave.open", 100),
    ] {
        let scene = Scene::new();
        let mut maker = scene.actor_with(&format!("kill:{point}"));
        maker.ask(&format!("put a 3 {size}")).ok();
        maker.ask("set a 4").ok();
        maker.tell("detach a");
        maker.wait_killed();
        let mut opener = scene.actor();
        assert_eq!(opener.ask("stats").ok(), "0 objects, 0 detached", "at {point}");
        assert_eq!(scene.versions(), 0, "at {point}");
        opener.finish();
        assert!(!scene.folder().exists(), "at {point}");
    }
}

#[test]
fn a_process_killed_while_it_reads_by_key_holds_nothing() {
    let scene = Scene::new();
    let store = scene.store();
    let key = store.put(Note::sized(3, 100)).unwrap().detach().unwrap();
    let mut reader = scene.actor_with("kill:borrow.bit");
    reader.tell(&format!("get {}", key.to_text()));
    reader.wait_killed();
    let owned = store.adopt(key).unwrap();
    assert_eq!(owned.into_inner().unwrap().n, 3);
}

/// The death of an adopter changes nothing before the adopter owns the object. Afterwards the object goes with the
/// adopter, as with any owner.
#[test]
fn a_process_killed_while_it_adopts_leaves_the_object_or_takes_it_along() {
    for (point, stays) in [("borrow.bit", true), ("return.cleared", true), ("adopt.begun", true), ("adopt.mine", false)]
    {
        let scene = Scene::new();
        let store = scene.store();
        let key = store.put(Note::sized(3, 100)).unwrap().detach().unwrap();
        let mut adopter = scene.actor_with(&format!("kill:{point}"));
        adopter.tell(&format!("adopt a {}", key.to_text()));
        adopter.wait_killed();
        store.reap().unwrap();
        assert_eq!(store.exists(&key).unwrap(), stays, "at {point}");
        let adopted = store.adopt(key);
        match (adopted, stays) {
            (Ok(owned), true) => assert_eq!(owned.into_inner().unwrap().n, 3),
            (Err(refused), false) => assert_eq!(refused.kind(), ErrorKind::Gone),
            (other, _) => panic!("at {point}: {other:?}"),
        }
        assert_eq!(scene.versions(), 0, "at {point}");
    }
}

#[test]
fn a_process_killed_while_it_evicts_is_finished_or_undone() {
    for (point, stays) in [("evict.looked", true), ("evict.doomed", false), ("reclaim.taken", false)] {
        let scene = Scene::new();
        let store = scene.store();
        let key: Key<Note> = store.put(Note::sized(3, 100)).unwrap().detach().unwrap();
        let mut evictor = scene.actor_with(&format!("kill:{point}"));
        evictor.tell(&format!("remove_key {}", key.to_text()));
        evictor.wait_killed();
        store.reap().unwrap();
        assert_eq!(store.exists(&key).unwrap(), stays, "at {point}");
        assert_eq!(store.remove(&key).unwrap(), stays, "at {point}");
        assert_eq!(scene.versions(), 0, "at {point}");
    }
}

/// A record is used again for another object. An object's id is never used again.
#[test]
fn a_slow_reader_is_not_given_the_next_object_in_its_place() {
    let scene = Scene::new();
    let store = scene.store();
    let put = |n| store.put(Note::sized(n, 100)).unwrap().detach().unwrap();
    for order in ["get", "adopt a"] {
        let key = put(3);
        let mut reader = scene.actor_with("stop:share.begun");
        reader.tell(&format!("{order} {}", key.to_text()));
        reader.wait_stopped();
        assert!(store.remove(&key).unwrap());
        let next = put(4);
        reader.signal(rustix::process::Signal::CONT);
        assert_eq!(reader.answer().kind(), "Gone", "{order}");
        assert!(store.remove(&next).unwrap());
    }
}
