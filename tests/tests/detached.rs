//! Objects without an owner: they outlive their processes, and exactly one process at a time can become their owner. No
//! death removes what was detached once.

use ref_core::{ErrorKind, Key};
use ref_tests::{Actor, Note, Scene, spawn_asleep};
use std::time::Duration;

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
    assert_eq!(first.ask(&format!("get {key}")).ok(), "3", "it is detached again");
    assert_eq!(first.ask(&format!("remove_key {key}")).ok(), "true");
}

/// What a process does with an adopted object before it is killed, and the number that the object has then.
const WAYS: [(&[&str], &str); 8] = [
    (&[], "3"),
    (&["set a 4"], "3"),
    (&["set a 4", "flush a"], "4"),
    (&["lend a", "ticket"], "3"),
    (&["lend_mut a", "ticket"], "3"),
    (&["into_loan a"], "3"),
    (&["set a 4", "into_loan_mut a"], "4"),
    (&["forget a"], "3"),
];

/// A death removes nothing that outlived a process before, whatever the dead process had done with it.
#[test]
fn no_death_removes_what_was_detached_once() {
    for (orders, left) in WAYS {
        let scene = Scene::new();
        let store = scene.store();
        let key = store.put(Note::sized(3, 100)).unwrap().detach().unwrap();
        let mut owner = scene.actor();
        owner.ask(&format!("adopt a {}", key.to_text())).ok();
        for order in orders {
            owner.ask(order).ok();
        }
        owner.kill();
        let mut heir = scene.actor();
        let adopted = heir.ask(&format!("adopt a {}", key.to_text()));
        adopted.ok();
        assert_eq!(heir.ask("borrow a").ok(), left, "after {orders:?}");
        heir.ask("drop a").ok();
        assert!(!store.exists(&key).unwrap(), "a living owner has dropped it");
        assert_eq!(scene.versions(), 0, "after {orders:?}");
    }
}

/// The same goes for an owner that came by a ticket, for its sender, and for a ticket that no process claims in time.
#[test]
fn no_death_removes_what_was_detached_and_sent() {
    for claims in [true, false] {
        let scene = Scene::new();
        let store = scene.store();
        let key = store.put(Note::sized(3, 100)).unwrap().detach().unwrap();
        let mut sender = Actor::new(&scene, "");
        sender.ask("open shm://scene 1").ok();
        let mut receiver = scene.actor();
        sender.ask(&format!("adopt a {}", key.to_text())).ok();
        let ticket = sender.ask("into_ticket a").ok();
        sender.kill();
        if claims && receiver.ask(&format!("claim a {ticket}")).kind() == "ok" {
            receiver.ask("set a 4").ok();
            receiver.ask("flush a").ok();
        }
        receiver.kill();
        // The deadline of the ticket is rounded up to the next tenths of a second.
        while store.get(&key).is_err() {
            store.reap().unwrap();
        }
        assert!(store.get(&key).unwrap().is_whole());
        assert!(store.remove(&key).unwrap());
        assert_eq!(scene.versions(), 0);
    }
}

/// A borrower may commit when its lender is dead, and the commit counts.
#[test]
fn a_commit_after_the_death_of_a_lender_that_had_adopted_counts() {
    let scene = Scene::new();
    let store = scene.store();
    let key = store.put(Note::sized(3, 100)).unwrap().detach().unwrap();
    let (mut lender, mut writer) = (scene.actor(), scene.actor());
    lender.ask(&format!("adopt a {}", key.to_text())).ok();
    lender.ask("lend_mut a").ok();
    let ticket = lender.ask("ticket").ok();
    writer.ask(&format!("redeem_mut w {ticket}")).ok();
    writer.ask("set w 4").ok();
    lender.kill();
    store.reap().unwrap();
    assert_eq!(store.get(&key).unwrap_err().kind(), ErrorKind::Conflict, "it is written");
    writer.ask("commit w").ok();
    assert_eq!(store.get(&key).unwrap().n, 4);
    assert!(store.remove(&key).unwrap());
    assert_eq!(scene.versions(), 0);
}

/// A process is killed while it takes back an object that it had adopted, and that others read. The object stays, in
/// its old record or in the new one.
#[test]
fn an_adopter_killed_while_it_takes_back_leaves_the_object() {
    for point in ["put.taken", "move.linked", "put.owner", "move.idle", "drop.doomed", "drop.disowned"] {
        let scene = Scene::new();
        let store = scene.store();
        let key = store.put(Note::sized(3, 100)).unwrap().detach().unwrap();
        let (mut lender, mut reader) = (scene.actor_with(&format!("kill:{point}")), scene.actor());
        lender.ask(&format!("adopt a {}", key.to_text())).ok();
        lender.ask("lend a").ok();
        let ticket = lender.ask("ticket").ok();
        reader.ask(&format!("redeem r {ticket}")).ok();
        lender.tell("revoke");
        lender.wait_killed();
        reader.ask("drop r").ok();
        store.reap().unwrap();
        let keys = store.detached::<Note>().unwrap();
        assert!(!keys.is_empty(), "at {point}");
        for key in &keys {
            assert_eq!(store.get(key).unwrap().n, 3, "at {point}");
            assert!(store.remove(key).unwrap(), "at {point}");
        }
        assert_eq!(scene.versions(), 0, "at {point}");
    }
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

/// A recoverer that is killed while it detaches the object of a dead owner leaves the rest to the next one.
#[test]
fn a_recoverer_killed_while_it_detaches_leaves_the_object() {
    for point in ["lasting.open", "lasting.detached"] {
        let scene = Scene::new();
        let store = scene.store();
        let key = store.put(Note::sized(3, 100)).unwrap().detach().unwrap();
        let mut owner = scene.actor();
        let mut recoverer = scene.actor_with(&format!("kill:{point}"));
        owner.ask(&format!("adopt a {}", key.to_text())).ok();
        owner.ask("lend a").ok();
        owner.kill();
        recoverer.tell("reap");
        recoverer.wait_killed();
        assert_eq!(store.adopt(key).unwrap().into_inner().unwrap().n, 3, "at {point}");
        assert_eq!(scene.versions(), 0, "at {point}");
    }
}

/// A process that is killed while it detaches what it had adopted has written its change, or not. The object stays.
#[test]
fn an_adopter_killed_while_it_detaches_leaves_the_object() {
    let points = [
        ("flush.token", 3),
        ("flush.staged", 3),
        ("commit.named", 3),
        ("flush.swapped", 4),
        ("leave.open", 4),
        ("leave.kind", 4),
    ];
    let sizes = [("of a few bytes", 100), ("in a file", 10_000)];
    for ((point, left), (what, size)) in points.into_iter().flat_map(|point| sizes.map(|size| (point, size))) {
        if (point, what) == ("commit.named", "of a few bytes") {
            // Only a file has a name.
            continue;
        }
        let scene = Scene::new();
        let store = scene.store();
        let key = store.put(Note::sized(3, size)).unwrap().detach().unwrap();
        let mut owner = scene.actor_with(&format!("kill:{point}"));
        owner.ask(&format!("adopt a {}", key.to_text())).ok();
        owner.ask("set a 4").ok();
        owner.tell("detach a");
        owner.wait_killed();
        assert_eq!(store.adopt(key).unwrap().into_inner().unwrap().n, left, "{what} at {point}");
        assert_eq!(scene.versions(), 0, "{what} at {point}");
    }
}

#[test]
fn a_process_killed_while_it_adopts_leaves_the_object() {
    for point in ["get.looked", "adopt.begun", "adopt.mine"] {
        let scene = Scene::new();
        let store = scene.store();
        let key = store.put(Note::sized(3, 100)).unwrap().detach().unwrap();
        let mut adopter = scene.actor_with(&format!("kill:{point}"));
        adopter.tell(&format!("adopt a {}", key.to_text()));
        adopter.wait_killed();
        assert_eq!(store.adopt(key).unwrap().into_inner().unwrap().n, 3, "at {point}");
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

#[test]
fn a_process_killed_at_the_end_of_a_time_or_before_it_leaves_one_of_both() {
    let scene = Scene::new();
    let store = scene.store();
    for point in ["adopt.begun", "extend.noted"] {
        let key = store.put_for(Note::sized(3, 100), Duration::from_secs(3600)).unwrap();
        let mut other = scene.actor_with(&format!("kill:{point}"));
        other.tell(&format!("extend {}", key.to_text()));
        other.wait_killed();
        assert_eq!(store.get(&key).unwrap().n, 3, "at {point}");
        store.extend(&key, Duration::MAX).unwrap();
        assert!(store.remove(&key).unwrap());
    }
    for point in ["expire.looked", "expire.doomed", "reclaim.taken"] {
        let key = store.put_for(Note::sized(3, 100), Duration::ZERO).unwrap();
        while store.exists(&key).unwrap() {
            std::thread::yield_now();
        }
        let mut other = scene.actor_with(&format!("kill:{point}"));
        other.tell(&format!("get {}", key.to_text()));
        other.wait_killed();
        store.reap().unwrap();
        assert_eq!((store.stats().unwrap().objects, scene.versions()), (0, 0), "at {point}");
    }
}

/// A record is used again for another object. An object's id is never used again.
#[test]
fn a_slow_reader_is_not_given_the_next_object_in_its_place() {
    let scene = Scene::new();
    let store = scene.store();
    let put = |n| store.put(Note::sized(n, 100)).unwrap().detach().unwrap();
    for (order, point) in [("get", "share.begun"), ("adopt a", "get.looked")] {
        let key = put(3);
        let mut reader = scene.actor_with(&format!("stop:{point}"));
        reader.tell(&format!("{order} {}", key.to_text()));
        reader.wait_stopped();
        assert!(store.remove(&key).unwrap());
        let next = put(4);
        reader.signal(rustix::process::Signal::CONT);
        assert_eq!(reader.answer().kind(), "Gone", "{order}");
        assert!(store.remove(&next).unwrap());
    }
}

/// A promise goes from process to process, and the values of several come to processes that wait for them.
#[test]
fn a_promise_is_kept_by_the_process_that_has_it() {
    let scene = Scene::new();
    let store = scene.store();
    let (mut maker, mut taker, mut waiter) = (scene.actor(), scene.actor(), scene.actor());
    let key = maker.ask("promised make a").ok();
    let text = maker.ask("promised into_text a").ok();
    assert_eq!(waiter.ask(&format!("get {key}")).kind(), "NotYet", "it is in transit");
    taker.ask(&format!("promised take a {text}")).ok();
    assert_eq!(maker.ask(&format!("promised take a {text}")).kind(), "AlreadyRedeemed");
    maker.kill();
    let not_yet = waiter.ask(&format!("get {key}"));
    assert_eq!(not_yet.kind(), "NotYet");
    assert!(not_yet.text().contains(&format!("process {}", taker.pid())), "{}", not_yet.text());
    waiter.tell(&format!("wait {key}"));
    let here: Key<Note> = key.parse().unwrap();
    std::thread::scope(|scope| {
        let waits = spawn_asleep(scope, || store.wait(&here, Duration::MAX));
        assert!(!waits.is_finished(), "it did not wait");
        taker.ask("promised fulfil a 7 10000").ok();
        assert_eq!(waits.join().unwrap().unwrap().n, 7);
    });
    assert_eq!(waiter.answer().ok(), "7");
    taker.kill();
    assert_eq!(store.get(&here).unwrap().n, 7, "what was fulfilled outlives every process");
    assert!(store.remove(&here).unwrap());
    assert_eq!(scene.versions(), 0);
}

/// A process that dies before it has fulfilled its promise has given it up: waiting processes are told so.
#[test]
fn the_promise_of_a_killed_process_is_abandoned_or_kept() {
    let points = [
        ("flush.token", None),
        ("flush.staged", None),
        ("flush.swapped", None),
        ("leave.open", None),
        ("leave.kind", Some(7)),
    ];
    for (point, left) in points {
        let scene = Scene::new();
        let store = scene.store();
        let mut maker = scene.actor_with(&format!("kill:{point}"));
        let key: Key<Note> = maker.ask("promised make a").ok().parse().unwrap();
        std::thread::scope(|scope| {
            let waits = spawn_asleep(scope, || store.wait(&key, Duration::MAX));
            assert!(!waits.is_finished(), "at {point}: it did not wait");
            maker.tell("promised fulfil a 7 10000");
            maker.wait_killed();
            let told = waits.join().unwrap().map(|note| note.n).map_err(|error| error.kind());
            assert_eq!(told, left.ok_or(ErrorKind::Abandoned), "at {point}");
        });
        store.reap().unwrap();
        assert_eq!(scene.versions(), usize::from(left.is_some()), "at {point}");
    }
}
