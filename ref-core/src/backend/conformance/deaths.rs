//! What happens to the objects and borrows of a dead session. Here a session dies by being dropped; tests that kill
//! processes are in `tests/`. A session looks for dead sessions if a dead session may be in the way of its command, and
//! while it waits or needs room. In a test where no session looks, a survivor calls `reap`.

use super::*;
use crate::id::{Epoch, Right};

const H: Right = Right(11);

pub(super) type One = Arc<dyn Backend>;

/// Returns two sessions, an object of the first session, and the store's place, which has to outlive the sessions.
fn two(open: Open) -> (One, One, ObjectId, Box<dyn Any>) {
    let Fresh { mut sessions, place } = open(2);
    let (second, first) = (sessions.pop().unwrap(), sessions.pop().unwrap());
    let (object, _) = first.put(&[b"value"], here()).unwrap();
    (first, second, object, place)
}

fn lend_to(owner: &One, reader: &One, object: ObjectId) -> Epoch {
    let Reply::Opened(epoch) = granted(owner, object, Command::OpenShared) else { panic!("opened") };
    granted(reader, object, Command::RedeemShared { epoch });
    epoch
}

pub(super) fn the_objects_of_the_dead_are_gone(open: Open) {
    let (owner, other, object, _place) = two(open);
    drop(owner);
    other.reap().unwrap();
    assert_eq!(refused(&other, object, Command::RedeemExclusive { right: H }).0, ErrorKind::Gone);
}

pub(super) fn a_dead_reader_is_not_waited_for(open: Open) {
    let (owner, reader, object, _place) = two(open);
    lend_to(&owner, &reader, object);
    drop(reader);
    granted(&owner, object, Command::End);
}

pub(super) fn a_dead_writer_leaves_the_old_version(open: Open) {
    let (owner, writer, object, _place) = two(open);
    let version = owner.current(object).unwrap();
    granted(&owner, object, Command::OpenExclusive { right: H });
    granted(&writer, object, Command::RedeemExclusive { right: H });
    drop(writer);
    assert_eq!(granted(&owner, object, Command::End), Reply::Ended { version, redeemed: true });
    assert_eq!(&*owner.read(object, version).unwrap(), b"value");
    assert_eq!(owner.died(object).map(|holder| holder.pid), Some(std::process::id()));
}

pub(super) fn a_dead_writer_leaves_its_last_checkpoint(open: Open) {
    let (owner, writer, object, _place) = two(open);
    granted(&owner, object, Command::OpenExclusive { right: H });
    let Reply::Exclusive { token, .. } = granted(&writer, object, Command::RedeemExclusive { right: H }) else {
        panic!("redeemed")
    };
    writer.apply(object, Command::Checkpoint { token }, &[b"changed"], here()).unwrap();
    drop(writer);
    assert_eq!(granted(&owner, object, Command::End), Reply::Ended { version: token, redeemed: true });
    assert_eq!(&*owner.read(object, token).unwrap(), b"changed");
    assert!(owner.may_have_died(object));
    assert_eq!(owner.died(object).map(|holder| holder.pid), Some(std::process::id()));
}

pub(super) fn a_dead_owners_borrower_reads_on(open: Open) {
    let (owner, reader, object, _place) = two(open);
    let version = owner.current(object).unwrap();
    let loan = lend_to(&owner, &reader, object);
    drop(owner);
    reader.reap().unwrap();
    assert_eq!(&*reader.read(object, version).unwrap(), b"value");
    granted(&reader, object, Command::Return { loan: Some(loan) });
    assert_eq!(reader.current(object).unwrap_err().kind(), ErrorKind::Gone);
}

pub(super) fn a_sent_object_outlives_its_sender(open: Open) {
    let (owner, other, object, _place) = two(open);
    let Reply::Sent { seq } = granted(&owner, object, Command::Send { right: H }) else { panic!("sent") };
    drop(owner);
    let Reply::Version(version) = granted(&other, object, Command::Claim { seq, right: H }) else { panic!("claimed") };
    assert_eq!(&*other.read(object, version).unwrap(), b"value");
}

pub(super) fn a_detached_object_outlives_its_owner(open: Open) {
    let Fresh { mut sessions, place: _place } = open(2);
    let (object, version) = sessions[0].put(&[b"left"], here()).unwrap();
    granted(&sessions[0], object, Command::Detach);
    drop(sessions.remove(0));
    assert_eq!(granted(&sessions[0], object, Command::Share), Reply::Shared { version });
    assert_eq!(&*sessions[0].read(object, version).unwrap(), b"left");
}

/// Puts an object into a store with two sessions, and makes it lasting in one of several ways. The first session owns
/// it.
fn lasting(open: Open, how: usize) -> (One, One, ObjectId, Box<dyn Any>) {
    let (owner, other, object, place) = two(open);
    if how == 0 {
        granted(&owner, object, Command::Keep);
    } else {
        granted(&owner, object, Command::Detach);
        granted(&owner, object, Command::Adopt);
    }
    if how == 2 {
        let Reply::Sent { seq } = granted(&owner, object, Command::Send { right: H }) else { panic!("sent") };
        granted(&owner, object, Command::Claim { seq, right: H });
    }
    (owner, other, object, place)
}

/// The death of an owner detaches a lasting object. Where the death of a session is its drop: on a server, a session
/// that is dropped ends in good order.
pub(super) fn a_lasting_object_is_detached_when_its_owner_dies(open: Open) {
    for how in 0..3 {
        for command in [Command::Get, Command::Share, Command::Adopt, Command::Evict] {
            let (owner, other, object, _place) = lasting(open, how);
            assert_eq!(refused(&other, object, command), (ErrorKind::Conflict, Some(HeldAs::Owner)));
            drop(owner);
            granted(&other, object, command);
        }
    }
}

/// The loan is over with its lender, also while another session writes the object.
pub(super) fn a_ticket_of_a_dead_lender_has_expired_under_a_writer(open: Open) {
    let (lender, writer, object, _place) = lasting(open, 0);
    granted(&lender, object, Command::OpenExclusive { right: H });
    drop(lender);
    granted(&writer, object, Command::Reserve);
    granted(&writer, object, Command::Grant);
    assert_eq!(refused(&writer, object, Command::RedeemExclusive { right: H }).0, ErrorKind::Expired);
}

pub(super) fn a_lasting_object_outlives_its_lender(open: Open) {
    let (owner, reader, object, _place) = lasting(open, 1);
    let loan = lend_to(&owner, &reader, object);
    drop(owner);
    reader.reap().unwrap();
    assert_eq!(refused(&reader, object, Command::RedeemShared { epoch: loan }).0, ErrorKind::Expired);
    assert_eq!(refused(&reader, object, Command::Adopt), (ErrorKind::Conflict, Some(HeldAs::Borrow)));
    granted(&reader, object, Command::Share);
    granted(&reader, object, Command::Return { loan: None });
    granted(&reader, object, Command::Return { loan: Some(loan) });
    granted(&reader, object, Command::Adopt);
}

/// A borrower may commit, although its lender is dead.
pub(super) fn a_commit_counts_when_the_lender_of_a_lasting_object_is_dead(open: Open) {
    for dies_first in [true, false] {
        let (owner, writer, object, _place) = lasting(open, 1);
        let version = owner.current(object).unwrap();
        granted(&owner, object, Command::OpenExclusive { right: H });
        let Reply::Exclusive { token, .. } = granted(&writer, object, Command::RedeemExclusive { right: H }) else {
            panic!("redeemed")
        };
        drop(owner);
        if dies_first {
            writer.reap().unwrap();
            assert_eq!(granted(&writer, object, Command::Get), Reply::Version(version));
        }
        writer.apply(object, Command::Commit { token }, &[b"changed"], here()).unwrap();
        assert_eq!(granted(&writer, object, Command::Adopt), Reply::Version(token));
        assert_eq!(&*writer.read(object, token).unwrap(), b"changed");
    }
}

/// What a living session drops is gone, lasting or not.
pub(super) fn a_lasting_object_that_is_dropped_is_gone(open: Open) {
    let (owner, other, object, _place) = lasting(open, 1);
    granted(&owner, object, Command::DropOwner);
    assert_eq!(refused(&other, object, Command::Get).0, ErrorKind::Gone);
    assert_eq!(other.current(object).unwrap_err().kind(), ErrorKind::Gone);
}

pub(super) fn only_an_owner_keeps_its_object(open: Open) {
    let (owner, other, object, _place) = two(open);
    assert_eq!(refused(&other, object, Command::Keep), (ErrorKind::Conflict, Some(HeldAs::Owner)));
    granted(&owner, object, Command::Detach);
    assert_eq!(refused(&owner, object, Command::Keep), (ErrorKind::Conflict, Some(HeldAs::Detached)));
}
