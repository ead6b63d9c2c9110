//! Tests of sessions that are closed or lost, and of what they leave behind.

use super::super::call::run;
use super::super::reap::{Reaper, STEP};
use super::super::script;
use super::super::session::RedisSession;
use super::{Server, fresh_store, keys, stranger};
use crate::backend::{Backend as _, Caller, Settings};
use crate::error::{ErrorKind, HeldAs};
use crate::id::{Epoch, ObjectId, Right};
use crate::ledger::{Command, Reply};
use std::panic::Location;

const H: Right = Right(5);

pub(super) fn here() -> Caller {
    Location::caller()
}

fn attach(store: &Server) -> RedisSession {
    RedisSession::open(store, Settings::default()).unwrap()
}

/// Returns a session whose second renewal comes after the test, so that it starts no recovery during the test.
pub(super) fn attach_idle(store: &Server) -> RedisSession {
    let settings = Settings { session_timeout: std::time::Duration::from_secs(3600), ..Settings::default() };
    RedisSession::open(store, settings).unwrap()
}

pub(super) fn granted(session: &RedisSession, object: ObjectId, command: Command) -> Reply {
    session.apply(object, command, &[], here()).unwrap()
}

/// Makes the session's lease end in the past.
pub(super) fn lose(session: &RedisSession) {
    let mut connection = stranger();
    let () =
        redis::cmd("ZADD").arg(session.keys.sessions()).arg(1).arg(&session.session).query(&mut connection).unwrap();
}

pub(super) fn lend(owner: &RedisSession, object: ObjectId) -> Epoch {
    let Reply::Opened(epoch) = granted(owner, object, Command::OpenShared) else { panic!("opened") };
    epoch
}

/// Another store may be in the place of the session's. A description that was not written there counts as not written.
#[test]
fn a_description_for_a_store_that_is_gone_is_not_written() {
    let store = fresh_store();
    let session = attach_idle(&store);
    let mut connection = stranger();
    let mut id =
        |command: &str| -> String { redis::cmd(command).arg(session.keys.id()).query(&mut connection).unwrap() };
    let own = id("GETDEL");
    assert!(!session.describe(7, "type"));
    let () = redis::cmd("SET").arg(session.keys.id()).arg(own).query(&mut stranger()).unwrap();
    assert!(session.describe(7, "type"));
}

#[test]
fn the_last_session_leaves_no_key() {
    let store = fresh_store();
    let (a, b) = (attach(&store), attach(&store));
    let (small, _) = a.put(&[b"small"], here()).unwrap();
    let (large, _) = a.put(&[&[7; 3 << 20]], here()).unwrap();
    for object in [small, large] {
        let epoch = lend(&a, object);
        granted(&b, object, Command::RedeemShared { epoch });
    }
    drop(a);
    assert!(!keys(&store).is_empty());
    drop(b);
    assert_eq!(keys(&store), Vec::<String>::new());
}

/// The session of a process that was paused is recovered, and then the process goes on.
#[test]
fn a_session_that_comes_back_after_the_store_is_gone_leaves_no_key() {
    let store = fresh_store();
    let (paused, last) = (attach_idle(&store), attach(&store));
    let (object, _) = last.put(&[b"value"], here()).unwrap();
    lose(&paused);
    last.reap().unwrap();
    drop(last);
    assert_eq!(keys(&store), Vec::<String>::new());
    let k = &paused.keys;
    let renewal = [k.sessions(), k.dead(), k.clock(), k.deadlines()];
    let args = [paused.session.clone().into_bytes(), b"9000".to_vec()];
    run(&mut stranger(), &script::RENEW, &renewal, &args).unwrap();
    assert_eq!(paused.put(&[&[7; 3 << 10]], here()).unwrap_err().kind(), ErrorKind::SessionLost);
    assert_eq!(paused.current(object).unwrap_err().kind(), ErrorKind::SessionLost);
    assert_eq!(paused.reap().unwrap(), 0);
    assert_eq!(keys(&store), Vec::<String>::new(), "the process may be killed now");
}

#[test]
fn what_a_lost_session_owned_waits_to_be_attached_again() {
    let store = fresh_store();
    let (lost, other) = (attach(&store), attach(&store));
    let (object, version) = lost.put(&[b"value"], here()).unwrap();
    lose(&lost);
    let refused = lost.apply(object, Command::OpenShared, &[], here()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::SessionLost);
    assert_eq!(lost.current(object).unwrap_err().kind(), ErrorKind::SessionLost);
    assert!(lost.liveness().unwrap().is_over());
    assert_eq!(&*lost.read(object, version).unwrap(), b"value");
    assert_eq!(other.reap().unwrap(), 1);
    assert_eq!(granted(&other, object, Command::Adopt), Reply::Version(version));
}

/// Puts a detached object into the store, which `owner` adopts.
fn adopted(owner: &RedisSession) -> (ObjectId, Epoch) {
    let (object, version) = owner.put(&[b"value"], here()).unwrap();
    granted(owner, object, Command::Detach);
    granted(owner, object, Command::Adopt);
    (object, version)
}

/// A lasting object does not wait as an orphan: every session that has its key may use it at once.
#[test]
fn what_a_lost_session_had_adopted_is_detached() {
    for command in [Command::Get, Command::Share, Command::Adopt, Command::Evict] {
        let store = fresh_store();
        let (lost, other) = (attach(&store), attach(&store));
        let (object, _) = adopted(&lost);
        lose(&lost);
        granted(&other, object, command);
    }
}

/// The ticket of a lasting object expires, and the object does not.
#[test]
fn what_was_adopted_and_sent_is_detached_when_its_ticket_expires() {
    let store = fresh_store();
    let settings = Settings { ticket_timeout: std::time::Duration::from_millis(1), ..Settings::default() };
    let (sender, other) = (RedisSession::open(&store, settings).unwrap(), attach(&store));
    let (object, version) = adopted(&sender);
    granted(&sender, object, Command::Send { right: H });
    let is_sent = || other.apply(object, Command::Get, &[], here()).is_err();
    while is_sent() {}
    assert_eq!(granted(&other, object, Command::Adopt), Reply::Version(version));
}

/// A session that is closed in good order has dropped what it owned, lasting or not.
#[test]
fn what_a_closed_session_had_adopted_is_gone() {
    let store = fresh_store();
    let (closed, other) = (attach(&store), attach(&store));
    let (object, _) = adopted(&closed);
    drop(closed);
    let refused = other.apply(object, Command::Get, &[], here()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Gone);
}

#[test]
fn an_orphan_is_told_as_one() {
    let store = fresh_store();
    let (lost, other) = (attach(&store), attach(&store));
    let (object, _) = lost.put(&[b"value"], here()).unwrap();
    lose(&lost);
    let refused = other.apply(object, Command::OpenShared, &[], here()).unwrap_err();
    assert_eq!(refused.conflict().map(|conflict| conflict.held), Some(HeldAs::Orphan));
    assert!(refused.to_string().contains("it is an orphan, whose owner's session was lost; `reattach`"), "{refused}");
}

#[test]
fn a_lost_session_holds_nothing_and_its_commit_is_fenced() {
    let store = fresh_store();
    let (owner, writer) = (attach(&store), attach(&store));
    let (object, version) = owner.put(&[b"value"], here()).unwrap();
    granted(&owner, object, Command::OpenExclusive { right: H });
    let granted_ = granted(&writer, object, Command::RedeemExclusive { right: H });
    let Reply::Exclusive { token, .. } = granted_ else { panic!("{granted_:?}") };
    lose(&writer);
    let late = writer.apply(object, Command::Commit { token }, &[b"late"], here()).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Fenced);
    assert_eq!(granted(&owner, object, Command::End), Reply::Ended { version, redeemed: true });
    assert_eq!(owner.died(object).map(|holder| holder.pid), Some(std::process::id()));
}

#[test]
fn a_large_version_that_a_lost_reader_has_not_read_can_still_be_read() {
    let store = fresh_store();
    let (owner, reader) = (attach(&store), attach(&store));
    let (object, base) = owner.put(&[&[7; 2 << 20]], here()).unwrap();
    let epoch = lend(&owner, object);
    granted(&reader, object, Command::RedeemShared { epoch });
    lose(&reader);
    granted(&owner, object, Command::End);
    owner.apply(object, Command::OwnerCommit { base }, &[b"small"], here()).unwrap();
    assert_eq!(reader.read(object, base).unwrap().len(), 2 << 20);
    let large = keys(&store).into_iter().find(|key| key.contains(":version:")).unwrap();
    let left: i64 = redis::cmd("PTTL").arg(large).query(&mut stranger()).unwrap();
    assert!(left > 0, "the version expires by itself");
}

#[test]
fn an_orphan_goes_after_its_time() {
    let store = fresh_store();
    let settings = Settings { keep_orphans_for: std::time::Duration::from_millis(1), ..Settings::default() };
    let (lost, other) = (RedisSession::open(&store, settings).unwrap(), attach(&store));
    let (object, _) = lost.put(&[b"value"], here()).unwrap();
    lose(&lost);
    while other.reap().unwrap() > 0 || other.current(object).is_ok() {
        std::thread::yield_now();
    }
    drop((lost, other));
    assert_eq!(keys(&store), Vec::<String>::new());
}

/// No session is left that could end the store. A thread of a process whose session is lost recovers it.
#[test]
fn a_step_that_finds_the_store_over_leaves_no_key() {
    let store = fresh_store();
    let hour = std::time::Duration::from_secs(3600);
    let short = std::time::Duration::from_millis(1);
    let settings = Settings { session_timeout: hour, keep_orphans_for: short, ..Settings::default() };
    let lost = RedisSession::open(&store, settings).unwrap();
    let (object, _) = lost.put(&[b"value"], here()).unwrap();
    let unnamed = format!("{}readers:no-object", lost.keys.prefix());
    let () = redis::cmd("SET").arg(&unnamed).arg("left").query(&mut stranger()).unwrap();
    lose(&lost);
    let reaper = Reaper::new(&lost.keys);
    let name = lost.keys.object(&super::super::keys::name(object));
    while keys(&store).contains(&name) {
        reaper.step(&mut stranger()).unwrap();
    }
    reaper.step(&mut stranger()).unwrap();
    assert_eq!(keys(&store), Vec::<String>::new());
}

/// If another session of this process has read a version, a borrower gets the bytes from the cache and not from the
/// server.
#[test]
fn a_version_is_kept_by_the_process_that_has_read_it() {
    let store = fresh_store();
    let (owner, first, second) = (attach(&store), attach(&store), attach(&store));
    let (object, version) = owner.put(&[b"value"], here()).unwrap();
    let epoch = lend(&owner, object);
    granted(&first, object, Command::RedeemShared { epoch });
    assert_eq!(&*first.read(object, version).unwrap(), b"value");
    let bytes = first.keys.bytes(&super::super::keys::name(object));
    let () = redis::cmd("SET").arg(&bytes).arg("other").query(&mut stranger()).unwrap();
    granted(&second, object, Command::RedeemShared { epoch });
    assert_eq!(&*second.read(object, version).unwrap(), b"value");
}

/// One step takes up to `STEP` objects of all dead sessions together. The last step says that there is no more to
/// recover.
#[test]
fn a_step_of_recovery_takes_some_objects_only() {
    let store = fresh_store();
    let (first, second, other) = (attach(&store), attach(&store), attach_idle(&store));
    let lost = [&first, &second];
    for session in lost {
        for _ in 0..STEP {
            session.put(&[b"value"], here()).unwrap();
        }
        lose(session);
    }
    let mut connection = stranger();
    let mut left = || -> Vec<usize> {
        let left = |session: &&RedisSession| {
            redis::cmd("HLEN").arg(other.keys.claims(&session.session)).query(&mut connection)
        };
        lost.iter().map(left).collect::<Result<_, _>>().unwrap()
    };
    let mut own = stranger();
    let mut step = || Reaper::new(&other.keys).step(&mut own).unwrap();
    let mut found = step();
    assert!(found.more);
    assert_eq!(left().iter().sum::<usize>(), STEP);
    let mut sessions = found.found;
    while found.more {
        found = step();
        sessions += found.found;
    }
    assert_eq!((left(), sessions), (vec![0, 0], 2));
}

/// An operator has deleted the object, and its deadline is left.
#[test]
fn a_deadline_without_an_object_is_found_once() {
    let store = fresh_store();
    let session = attach_idle(&store);
    let () =
        redis::cmd("ZADD").arg(session.keys.deadlines()).arg(1).arg("0".repeat(24)).query(&mut stranger()).unwrap();
    assert_eq!(session.reap().unwrap(), 1);
    assert_eq!(session.reap().unwrap(), 0);
}
