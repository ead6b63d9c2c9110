//! Tests of looks into a store: each entry says what the ledger says, and a look changes nothing.

use super::*;
use crate::backend::{ObjectEntry, ObjectName, ObjectState};
use crate::error::AccessKind;
use crate::id::{Epoch, Right};
use std::time::Duration;

const H: Right = Right(21);

fn put(owner: &Arc<dyn Backend>) -> ObjectId {
    owner.put(&[b"value"], here()).unwrap().0
}

/// Returns the entry of an object, which must be there and must have no problem.
#[track_caller]
fn entry(looker: &Arc<dyn Backend>, object: ObjectId) -> ObjectEntry {
    let found = looker.inspect().unwrap().objects().unwrap();
    let entry = found.into_iter().map(|found| found.entry).find(|entry| entry.id == object).unwrap();
    assert_eq!(entry.problem, None, "{entry:?}");
    entry
}

/// Returns the state of an object and how its holders hold it.
#[track_caller]
fn seen(looker: &Arc<dyn Backend>, object: ObjectId) -> (ObjectState, Vec<AccessKind>) {
    let entry = entry(looker, object);
    (entry.state, entry.holders.iter().map(|holder| holder.access).collect())
}

fn take(owner: &Arc<dyn Backend>, writer: &Arc<dyn Backend>, object: ObjectId) -> Epoch {
    granted(owner, object, Command::OpenExclusive { right: H });
    let Reply::Exclusive { token, .. } = granted(writer, object, Command::RedeemExclusive { right: H }) else {
        panic!("exclusive")
    };
    token
}

pub(super) fn a_look_finds_what_an_owned_object_is_doing(open: Open) {
    use AccessKind::{Borrow, BorrowMut};
    let Fresh { sessions, place: _place } = open(3);
    let [owner, reader, looker] = [0, 1, 2].map(|nth| &sessions[nth]);
    let object = put(owner);
    assert_eq!(seen(looker, object), (ObjectState::Idle, vec![]));
    let Reply::Opened(epoch) = granted(owner, object, Command::OpenShared) else { panic!("opened") };
    assert_eq!(seen(looker, object), (ObjectState::LentShared, vec![]));
    granted(reader, object, Command::RedeemShared { epoch });
    assert_eq!(seen(looker, object), (ObjectState::LentShared, vec![Borrow]));
    refused(owner, object, Command::End);
    assert_eq!(seen(looker, object), (ObjectState::Closing, vec![Borrow]));
    granted(reader, object, Command::Return { loan: Some(epoch) });
    granted(owner, object, Command::End);
    granted(owner, object, Command::OpenExclusive { right: H });
    assert_eq!(seen(looker, object), (ObjectState::Offered, vec![]));
    granted(owner, object, Command::End);
    let token = take(owner, reader, object);
    assert_eq!(seen(looker, object), (ObjectState::LentExclusively, vec![BorrowMut]));
    granted(reader, object, Command::Abort { token });
    assert_eq!(seen(looker, object), (ObjectState::LentExclusively, vec![]));
    granted(owner, object, Command::End);
    granted(owner, object, Command::Send { right: H });
    assert_eq!(seen(looker, object), (ObjectState::InTransit, vec![]));
    assert_eq!(entry(looker, object).owner, None);
}

pub(super) fn a_look_finds_what_an_object_without_an_owner_is_doing(open: Open) {
    use AccessKind::{Borrow, BorrowMut};
    let Fresh { sessions, place: _place } = open(3);
    let [owner, reader, looker] = [0, 1, 2].map(|nth| &sessions[nth]);
    let (detached, published, dropped) = (put(owner), put(owner), put(owner));
    granted(owner, detached, Command::Detach);
    assert_eq!(seen(looker, detached), (ObjectState::Detached, vec![]));
    granted(reader, detached, Command::Share);
    assert_eq!(seen(looker, detached), (ObjectState::Detached, vec![Borrow]));
    let name = ObjectName::parse("carts/ann").unwrap();
    owner.publish(published, &name, here()).unwrap();
    granted(reader, published, Command::Reserve);
    assert_eq!(seen(looker, published), (ObjectState::Published, vec![]));
    assert!(entry(looker, published).is_waited_for, "it is reserved");
    granted(reader, published, Command::Grant);
    assert_eq!(seen(looker, published), (ObjectState::Published, vec![BorrowMut]));
    assert_eq!(entry(looker, published).name.as_deref(), Some("carts/ann"));
    assert_eq!(entry(looker, detached).name, None);
    assert_eq!(entry(looker, detached).time_left, None);
    let Reply::Opened(epoch) = granted(owner, dropped, Command::OpenShared) else { panic!("opened") };
    granted(reader, dropped, Command::RedeemShared { epoch });
    granted(owner, dropped, Command::DropOwner);
    assert_eq!(seen(looker, dropped), (ObjectState::Doomed, vec![Borrow]));
    granted(reader, dropped, Command::Return { loan: Some(epoch) });
    let left: Vec<_> = looker.inspect().unwrap().objects().unwrap().iter().map(|found| found.entry.id).collect();
    assert!(!left.contains(&dropped) && left.len() == 2 && left.is_sorted(), "{left:?}");
}

pub(super) fn a_look_finds_how_long_an_object_stays(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let [owner, looker] = [0, 1].map(|nth| &sessions[nth]);
    let left = |object| entry(looker, object).time_left;
    let (object, sent) = (put(owner), put(owner));
    assert_eq!(left(object), None);
    granted(owner, object, Command::DetachFor { time: LONG });
    // No look finds more than was asked for, but for what is rounded up: a tenth of a second, and the one that has begun.
    let is_of = |left: Option<Duration>, time| left.is_some_and(|left| left > time / 2 && left <= time + LONG / 1000);
    assert!(is_of(left(object), LONG), "{:?}", left(object));
    granted(looker, object, Command::Extend { time: 2 * LONG });
    assert!(is_of(left(object), 2 * LONG), "{:?}", left(object));
    granted(looker, object, Command::Adopt);
    assert_eq!(left(object), None);
    granted(owner, sent, Command::Send { right: H });
    assert!(left(sent).is_some_and(|left| !left.is_zero()), "its ticket waits");
    granted(looker, object, Command::Detach);
    assert_eq!(left(object), None, "what was adopted once is lasting");
}

pub(super) fn a_look_finds_versions_and_holders(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    for length in [0_usize, 5, 512, 513, 16 << 10, (16 << 10) + 1, 3 << 20] {
        let bytes: Vec<u8> = (0..length).map(|nth| (nth % 251) as u8).collect();
        let line = here();
        let (object, base) = sessions[0].put(&[&bytes], line).unwrap();
        let find = || {
            let found = sessions[1].inspect().unwrap().objects().unwrap();
            found.into_iter().find(|found| found.entry.id == object).unwrap()
        };
        let found = find();
        assert_eq!((found.entry.bytes, found.entry.version), (length as u64, base.0), "{:?}", found.entry);
        assert_eq!(found.entry.problem, None);
        assert_eq!(found.head, &bytes[..length.min(crate::backend::inspect::HEAD)]);
        let copy = |most| sessions[1].inspect().unwrap().version_bytes(object, most);
        assert!(copy(length as u64).unwrap() == bytes);
        if length > 0 {
            assert_eq!(copy(length as u64 - 1).unwrap_err().kind(), ErrorKind::TooLarge);
        }
        let owner = found.entry.owner.unwrap();
        assert_eq!((owner.access, owner.is_alive, owner.process.pid), (AccessKind::Own, true, std::process::id()));
        assert_eq!(owner.process.at, Some(format!("{}:{}", line.file(), line.line())));
        assert!(owner.process.since.is_some_and(|since| since.elapsed().is_ok()));
        sessions[0].apply(object, Command::OwnerCommit { base }, &[b"next"], here()).unwrap();
        let next = find();
        assert_eq!(next.head, b"next");
        assert!(next.entry.version > base.0);
        granted(&sessions[0], object, Command::DropOwner);
        assert_eq!(copy(u64::MAX).unwrap_err().kind(), ErrorKind::Gone);
    }
}

/// Each version has one byte many times, and the byte says how often. So a copy of two versions would be seen.
pub(super) fn a_look_copies_one_version(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (owner, looker) = (Arc::clone(&sessions[0]), &sessions[1]);
    let version = |nth: u8| vec![nth; usize::from(nth) * 700];
    let (object, mut base) = owner.put(&[&version(1)], here()).unwrap();
    let writing = std::thread::spawn(move || {
        for nth in 2..100 {
            match owner.apply(object, Command::OwnerCommit { base }, &[&version(nth)], here()).unwrap() {
                Reply::Version(next) => base = next,
                reply => panic!("{reply:?}"),
            }
        }
    });
    let mut last = 0;
    while last < 99 {
        let copied = looker.inspect().unwrap().version_bytes(object, u64::MAX).unwrap();
        assert!(copied[0] >= last && copied == version(copied[0]), "{} after {last}", copied[0]);
        last = copied[0];
    }
    writing.join().unwrap();
}

pub(super) fn a_look_finds_the_sessions(open: Open) {
    let Fresh { mut sessions, place: _place } = open(3);
    let looker = sessions.pop().unwrap();
    let object = put(&sessions[0]);
    let owner = entry(&looker, object).owner.unwrap().session;
    let found = looker.inspect().unwrap().sessions().unwrap();
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().all(|session| session.is_alive && session.process.pid == std::process::id()), "{found:?}");
    assert_eq!(found.iter().filter(|session| session.session == owner).count(), 1, "owner and list name it alike");
    drop(sessions);
    looker.reap().unwrap();
    assert_eq!(looker.inspect().unwrap().sessions().unwrap().len(), 1);
    assert!(looker.inspect().unwrap().objects().unwrap().is_empty());
}

/// A waiting session is seen while it waits. The look neither wakes the waiting session nor ends its wait.
pub(super) fn a_look_finds_that_an_object_is_waited_for(open: Open) {
    let Fresh { sessions, place: _place } = open(3);
    let (owner, looker) = (Arc::clone(&sessions[0]), &sessions[2]);
    let object = put(&owner);
    let token = take(&owner, &sessions[1], object);
    assert!(!entry(looker, object).is_waited_for);
    let waiting = std::thread::spawn(move || {
        loop {
            let watch = owner.watch(object);
            match ask(&owner, object, Command::End) {
                Ok(_) => break,
                Err(_) => owner.wait(object, watch, LONG),
            }
        }
    });
    while !entry(looker, object).is_waited_for {
        std::thread::yield_now();
    }
    granted(&sessions[1], object, Command::Abort { token });
    waiting.join().unwrap();
}

/// Two looks see the same, and commands work between them as they do without looks.
pub(super) fn a_look_changes_nothing(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let object = put(&sessions[0]);
    let token = take(&sessions[0], &sessions[1], object);
    let first = entry(&sessions[0], object);
    assert_eq!(entry(&sessions[1], object), first);
    assert_eq!(sessions[0].stats().unwrap().sessions, 2, "a look takes no slot");
    sessions[1].apply(object, Command::Commit { token }, &[b"next"], here()).unwrap();
    assert!(matches!(granted(&sessions[0], object, Command::End), Reply::Ended { redeemed: true, .. }));
    assert!(entry(&sessions[1], object).version > first.version);
}
