//! Published objects in a server.

use crate::{LONG, ask, keys, open, until};
use ref_core::ErrorKind;
use ref_tests::{Actor, Note, RedisServer};
use std::time::Duration;

#[test]
fn names_go_with_the_store_and_keep_it_until_then() {
    let server = RedisServer::start();
    let address = server.address("named");
    let mut maker = Actor::at(&address, LONG, LONG);
    maker.ask("named set notes/a 3 100000").ok();
    maker.ask("named set notes/b 4 100").ok();
    maker.ask("named into_owned notes/b").ok();
    maker.finish();
    assert!(!keys(&server).is_empty(), "what is published stays");

    let mut heir = Actor::at(&address, LONG, LONG);
    assert_eq!(heir.ask("names").ok(), "notes/a");
    assert_eq!(heir.ask("named snapshot notes/a").ok(), "3");
    heir.ask("named add notes/a 1").ok();
    assert_eq!(heir.ask("named remove notes/a").ok(), "true");
    heir.finish();
    until("the store is over", || keys(&server).is_empty());
}

/// A lost writer's change is not made, and the next writer need not wait for longer than the loss takes to be noticed.
#[test]
fn a_lost_writer_is_fenced_and_locks_no_process_out() {
    let server = RedisServer::start();
    let address = server.address("named");
    let store = open(&address);
    let mut note = store.named::<Note>("notes/a").unwrap();
    note.set(Note::sized(3, 100)).unwrap();
    let mut writer = Actor::at(&address, 300, LONG);
    writer.ask("named write notes/a 9").ok();
    assert_eq!(note.try_borrow_mut().unwrap_err().kind(), ErrorKind::Conflict);
    writer.signal(rustix::process::Signal::STOP);
    assert_eq!(note.update(|note| std::mem::replace(&mut note.n, 4)).unwrap(), 3);
    writer.signal(rustix::process::Signal::CONT);
    assert_eq!(writer.ask("give_back").kind(), "Fenced");
    assert_eq!(note.snapshot().unwrap().n, 4);
}

/// The server sees that a killed process hears no messages, and the next call that a stopped one does not ask. Their
/// leases last for longer than the test.
#[test]
fn a_writer_that_is_killed_or_stopped_in_the_queue_is_skipped() {
    let server = RedisServer::start();
    let address = server.address("named");
    let store = open(&address);
    let mut note = store.named::<Note>("notes/a").unwrap();
    note.set(Note::sized(3, 100)).unwrap();
    let mut other = store.named::<Note>("notes/a").unwrap();
    let (mut dies, mut stops) = (Actor::at(&address, LONG, LONG), Actor::at(&address, LONG, LONG));
    let writer = note.borrow_mut().unwrap();
    dies.tell("named add notes/a 1");
    until("the first one waits", || hearing_in_queue(&server) == 1);
    stops.tell("named add notes/a 1");
    until("the second one waits", || hearing_in_queue(&server) == 2);
    dies.kill();
    stops.signal(rustix::process::Signal::STOP);
    std::thread::scope(|scope| {
        let waits =
            scope.spawn(|| other.borrow_mut_timeout(Duration::from_millis(LONG)).map(|writer| writer.n).unwrap());
        until("the third one waits", || queue(&server).len() == 3);
        drop(writer);
        assert_eq!(waits.join().unwrap(), 3);
    });
    stops.signal(rustix::process::Signal::CONT);
    stops.answer().ok();
    assert_eq!(note.update(|note| note.n).unwrap(), 4);
    assert_eq!(queue(&server).len(), 1, "the killed one's call is left there until its session is lost");
}

/// Returns the channels of the calls in the only queue.
fn queue(server: &RedisServer) -> Vec<String> {
    let object = keys(server).into_iter().find(|key| key.contains(":object:")).unwrap();
    let queue: Option<String> = redis::from_redis_value(ask(server, &["HGET", &object, "Q"])).unwrap();
    queue.unwrap_or_default().split(',').skip(2).step_by(4).map(str::to_owned).collect()
}

/// Returns how many calls are in the only queue and have a connection for messages.
fn hearing_in_queue(server: &RedisServer) -> usize {
    let channels: Vec<String> = redis::from_redis_value(ask(server, &["PUBSUB", "CHANNELS"])).unwrap();
    let hears = |call: &&String| channels.iter().any(|channel| channel.ends_with(&***call));
    queue(server).iter().filter(hears).count()
}

/// A process that is lost after it became the owner leaves an orphan, and a name that another object can get.
#[test]
fn what_a_lost_session_had_taken_out_is_detached_and_its_name_is_free() {
    let server = RedisServer::start();
    let address = server.address("named");
    let store = open(&address);
    let mut note = store.named::<Note>("notes/a").unwrap();
    note.set(Note::sized(3, 100)).unwrap();
    let mut owner = Actor::at(&address, 300, LONG);
    owner.ask("named into_owned notes/a").ok();
    assert_eq!(note.snapshot().unwrap_err().kind(), ErrorKind::NotFound);
    owner.kill();
    note.set(Note::sized(4, 100)).unwrap();
    assert_eq!(note.snapshot().unwrap().n, 4);
    let mut keys = Vec::new();
    until("the death is noticed", || {
        store.reap().unwrap();
        keys = store.detached::<Note>().unwrap();
        !keys.is_empty()
    });
    assert_eq!(store.adopt(keys.remove(0)).unwrap().into_inner().unwrap().n, 3);
}

/// What another program has written for a name is told, and keeps no other name from being listed.
#[test]
fn a_foreign_value_in_the_place_of_a_name_is_told() {
    let server = RedisServer::start();
    let store = open(&server.address("named"));
    let mut note = store.named::<Note>("notes/a").unwrap();
    note.set(Note::sized(1, 100)).unwrap();
    ask(&server, &["HSET", "{ref:named}:named", "notes/b", "mine"]);
    let mut other = store.named::<Note>("notes/b").unwrap();
    for refused in [other.set(Note::sized(2, 100)).unwrap_err(), other.snapshot().map(drop).unwrap_err()] {
        assert_eq!(refused.kind(), ErrorKind::Corrupt, "{refused}");
    }
    let owned = store.put(Note::sized(2, 100)).unwrap();
    assert_eq!(owned.publish("notes/b").unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(store.names("").unwrap().len(), 1);
    assert_eq!(note.snapshot().unwrap().n, 1);
}
