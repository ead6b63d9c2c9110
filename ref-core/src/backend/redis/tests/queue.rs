//! Tests of the queue of writers that only the server's part can fail.

use super::super::keys::name;
use super::super::session::RedisSession;
use super::sessions::{attach_idle, granted, here};
use super::{Server, fresh_store, stranger};
use crate::backend::conformance::LONG;
use crate::backend::{Backend as _, ObjectName, QueuePlace};
use crate::error::ErrorKind;
use crate::id::{Epoch, ObjectId};
use crate::ledger::{Command, Reply};

/// A store, a session there that has published an object, and the object.
fn published() -> (Server, RedisSession, ObjectId) {
    let store = fresh_store();
    let session = attach_idle(&store);
    let (object, _) = session.put(&[b"bytes"], here()).unwrap();
    session.publish(object, &ObjectName::parse("a").unwrap(), here()).unwrap();
    (store, session, object)
}

fn reserve(session: &RedisSession, object: ObjectId) -> Epoch {
    let Reply::Opened(token) = granted(session, object, Command::Reserve) else { panic!("it was reserved") };
    token
}

/// Asks in turn, and joins the queue.
fn join(session: &RedisSession, object: ObjectId) -> QueuePlace {
    let mut place = None;
    assert_eq!(session.reserve_in_turn(object, &mut place, here()).unwrap(), None);
    place.unwrap()
}

/// Asks in turn for a call that has a place, and gets the reservation.
fn ask(session: &RedisSession, object: ObjectId, place: QueuePlace) -> Epoch {
    match session.reserve_in_turn(object, &mut Some(place), here()) {
        Ok(Some(Reply::Opened(token))) => token,
        asked => panic!("{asked:?}"),
    }
}

/// Writes an entry for a call of another process into the object's queue, before all others.
fn put_before(session: &RedisSession, object: ObjectId, entry: &str) {
    let key = session.keys.object(&name(object));
    let queue: Option<String> = redis::cmd("HGET").arg(&key).arg("Q").query(&mut stranger()).unwrap();
    let queue = entry.to_owned() + &queue.unwrap_or_default();
    let () = redis::cmd("HSET").arg(&key).arg("Q").arg(queue).query(&mut stranger()).unwrap();
}

/// A message to those that wait for a change removes the field with their channels.
#[test]
fn a_call_that_joins_or_leaves_a_queue_wakes_no_watcher() {
    let (store, session, object) = published();
    let waits = attach_idle(&store);
    let token = reserve(&session, object);
    let _heard = waits.watch(object);
    let key = session.keys.object(&name(object));
    let is_noted = || -> bool { redis::cmd("HEXISTS").arg(&key).arg("W").query(&mut stranger()).unwrap() };
    let place = join(&waits, object);
    let second = join(&session, object);
    waits.leave_queue(object, &place);
    session.leave_queue(object, &second);
    assert!(session.current(object).is_ok(), "the server has obeyed what was posted");
    assert!(waits.current(object).is_ok() && is_noted());
    granted(&session, object, Command::Abort { token });
    assert!(!is_noted());
}

/// A version and the removal wake a watcher, and no borrow does. The message removes the field with the channels.
#[test]
fn a_borrow_wakes_no_watcher_of_versions() {
    let (store, session, object) = published();
    let watches = attach_idle(&store);
    let key = session.keys.object(&name(object));
    let is_noted = || -> bool { redis::cmd("HEXISTS").arg(&key).arg("V").query(&mut stranger()).unwrap() };
    let _heard = watches.watch_version(object);
    granted(&session, object, Command::Share);
    granted(&session, object, Command::Return { loan: None });
    let token = reserve(&session, object);
    granted(&session, object, Command::Grant);
    granted(&session, object, Command::Abort { token });
    assert!(is_noted());
    for removes in [false, true] {
        let _heard = watches.watch_version(object);
        let token = reserve(&session, object);
        granted(&session, object, Command::Grant);
        assert!(is_noted());
        let change = if removes { Command::Evict } else { Command::Commit { token } };
        session.apply(object, change, &[b"second"], here()).unwrap();
        assert!(!is_noted(), "{change:?}");
    }
}

/// A process without a connection for messages is dead, or will ask by itself.
#[test]
fn a_first_call_that_hears_nothing_is_skipped_at_once() {
    let (store, session, object) = published();
    let waits = attach_idle(&store);
    let token = reserve(&session, object);
    let place = join(&waits, object);
    put_before(&session, object, &format!("{},1,w:none,,", session.session));
    granted(&session, object, Command::Abort { token });
    let token = ask(&waits, object, place);
    granted(&waits, object, Command::Abort { token });
}

#[test]
fn a_call_that_finds_the_queue_full_waits_without_a_place() {
    let (_store, session, object) = published();
    let token = reserve(&session, object);
    let places: Vec<_> = (0..128).map(|_| join(&session, object)).collect();
    let mut place = None;
    assert_eq!(session.reserve_in_turn(object, &mut place, here()).unwrap(), None);
    assert!(place.is_none(), "there is no room");
    session.leave_queue(object, &places[7]);
    let last = join(&session, object);
    places.iter().for_each(|place| session.leave_queue(object, place));
    granted(&session, object, Command::Abort { token });
    let token = ask(&session, object, last);
    granted(&session, object, Command::Abort { token });
}

#[test]
fn the_calls_in_the_queue_of_a_removed_object_are_told() {
    let (store, session, object) = published();
    let waits = attach_idle(&store);
    let token = reserve(&session, object);
    let (mut first, mut second) = (join(&waits, object), join(&waits, object));
    granted(&session, object, Command::Grant);
    granted(&session, object, Command::Evict);
    granted(&session, object, Command::Abort { token });
    for place in [&mut first, &mut second] {
        // The wait ends by itself after a second, and then the call has waited in vain.
        waits.wait_in_queue(object, place, LONG);
        assert!(!place.has_waited_in_vain);
        let gone = waits.reserve_in_turn(object, &mut None, here()).unwrap_err();
        assert_eq!(gone.kind(), ErrorKind::Gone);
    }
}
