//! Tests that need the types of `memory:`. The tests of every backend are in `conformance`.

use super::*;
use crate::backend::conformance::LONG;
use crate::error::ErrorKind;
use crate::id::Right;
use ref_test_kit::spawn_asleep;
use std::panic::Location;

const H: Right = Right(7);

fn here() -> Caller {
    Location::caller()
}

/// Returns two sessions of one store, as `MemorySession` and not as `dyn Backend`.
fn two() -> (MemorySession, MemorySession) {
    let memory = Arc::new(Memory::new().unwrap());
    let settings = Settings::default();
    (MemorySession::new(Arc::clone(&memory), settings), MemorySession::new(memory, settings))
}

fn lend(owner: &MemorySession, object: ObjectId) -> Epoch {
    match owner.apply(object, Command::OpenShared, &[], here()).unwrap() {
        Reply::Opened(epoch) => epoch,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_store_without_a_name_is_private() {
    let (a, b) = (open("", Settings::default()).unwrap(), open("", Settings::default()).unwrap());
    let (object, _) = a.put(&[b"mine"], here()).unwrap();
    assert_ne!(a.id(), b.id());
    assert_eq!(b.current(object).unwrap_err().kind(), ErrorKind::Gone);
}

#[test]
fn a_named_store_is_shared_while_it_is_open() {
    let a = open("shared while open", Settings::default()).unwrap();
    let id = a.id();
    assert_eq!(open("shared while open", Settings::default()).unwrap().id(), id);
    drop(a);
    assert_ne!(open("shared while open", Settings::default()).unwrap().id(), id);
}

#[test]
fn a_dropped_session_takes_its_objects_along() {
    let (a, b) = two();
    let (object, version) = a.put(&[b"x"], here()).unwrap();
    assert_eq!(&*b.read(object, version).unwrap(), b"x");
    drop(a);
    assert_eq!(b.current(object).unwrap_err().kind(), ErrorKind::Gone);
    assert!(b.state().objects.is_empty(), "nothing of it is kept");
}

#[test]
fn a_version_is_kept_while_it_is_read_and_no_longer() {
    let (a, b) = two();
    let (object, first) = a.put(&[b"old"], here()).unwrap();
    let epoch = lend(&a, object);
    b.apply(object, Command::RedeemShared { epoch }, &[], here()).unwrap();
    a.apply(object, Command::Revoke, &[], here()).unwrap();
    a.apply(object, Command::OwnerCommit { base: first }, &[b"new"], here()).unwrap();
    assert_eq!(&*b.read(object, first).unwrap(), b"old");
    b.apply(object, Command::Return { loan: Some(epoch) }, &[], here()).unwrap();
    assert_eq!(a.state().objects[&object].kept(), 1);
}

#[test]
fn a_session_that_borrowed_twice_gives_back_twice() {
    let (a, b) = two();
    let (object, _) = a.put(&[b"x"], here()).unwrap();
    let epoch = lend(&a, object);
    for _ in 0..2 {
        b.apply(object, Command::RedeemShared { epoch }, &[], here()).unwrap();
    }
    b.apply(object, Command::Return { loan: Some(epoch) }, &[], here()).unwrap();
    assert_eq!(a.apply(object, Command::End, &[], here()).unwrap_err().kind(), ErrorKind::Conflict);
    b.apply(object, Command::Return { loan: Some(epoch) }, &[], here()).unwrap();
    a.apply(object, Command::End, &[], here()).unwrap();
}

#[test]
fn a_conflict_names_the_holder_and_the_line() {
    let (a, b) = two();
    let (object, _) = a.put(&[b"x"], here()).unwrap();
    let epoch = lend(&a, object);
    let at = here();
    b.apply(object, Command::RedeemShared { epoch }, &[], at).unwrap();
    let error = a.apply(object, Command::End, &[], here()).unwrap_err();
    let holder = &error.conflict().unwrap().holders[0];
    assert_eq!(holder.pid, std::process::id());
    assert_eq!(holder.at, Some(format!("{}:{}", at.file(), at.line())));
    assert!(!holder.program.is_empty() && holder.since.is_some());
    assert_eq!(error.conflict().unwrap().holders.len(), 1, "the owner is not in its own way");
}

#[test]
fn a_ticket_that_is_not_claimed_is_swept_by_reap_and_by_any_touch() {
    let (a, b) = two();
    let sent = |session: &MemorySession| {
        let (object, _) = session.put(&[b"x"], here()).unwrap();
        session.apply(object, Command::Send { right: H }, &[], here()).unwrap();
        object
    };
    let (reaped, touched, waiting) = (sent(&a), sent(&a), sent(&a));
    assert_eq!(b.reap().unwrap(), 0);
    a.state().objects.get_mut(&reaped).unwrap().expire();
    assert_eq!(b.reap().unwrap(), 1);
    a.state().objects.get_mut(&touched).unwrap().expire();
    let late = b.apply(touched, Command::Claim { seq: 1, right: H }, &[], here());
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Gone);
    b.apply(waiting, Command::Claim { seq: 1, right: H }, &[], here()).unwrap();
}

#[test]
fn the_owner_is_told_which_borrower_died_with_its_exclusive_loan() {
    let (a, b) = two();
    let (object, _) = a.put(&[b"x"], here()).unwrap();
    a.apply(object, Command::OpenExclusive { right: H }, &[], here()).unwrap();
    b.apply(object, Command::RedeemExclusive { right: H }, &[], here()).unwrap();
    assert_eq!(a.died(object), None);
    drop(b);
    assert_eq!(a.died(object).map(|holder| holder.pid), Some(std::process::id()));
    a.apply(object, Command::End, &[], here()).unwrap();
    a.apply(object, Command::OpenExclusive { right: H }, &[], here()).unwrap();
    assert_eq!(a.died(object), None, "that was another loan");
}

#[test]
fn a_waiting_session_is_woken_by_a_change_and_by_a_death() {
    let (a, b) = two();
    let (object, _) = a.put(&[b"x"], here()).unwrap();
    let epoch = lend(&a, object);
    b.apply(object, Command::RedeemShared { epoch }, &[], here()).unwrap();
    let watch = a.watch(object);
    std::thread::scope(|scope| {
        let waits = spawn_asleep(scope, || a.wait(object, watch, LONG));
        assert!(!waits.is_finished(), "it did not wait");
        drop(b);
    });
    assert_ne!(a.watch(object), watch);
    a.wait(object, watch, LONG); // returns at once, since a change has happened already
}

#[test]
fn a_repeated_commit_has_the_same_result_and_changes_nothing() {
    let (a, b) = two();
    let (object, _) = a.put(&[b"x"], here()).unwrap();
    a.apply(object, Command::OpenExclusive { right: H }, &[], here()).unwrap();
    let granted = b.apply(object, Command::RedeemExclusive { right: H }, &[], here()).unwrap();
    let Reply::Exclusive { token, .. } = granted else { panic!("{granted:?}") };
    for bytes in [b"first", b"again"] {
        assert_eq!(b.apply(object, Command::Commit { token }, &[bytes], here()).unwrap(), Reply::Version(token));
    }
    assert_eq!(&*a.read(object, token).unwrap(), b"first");
}
