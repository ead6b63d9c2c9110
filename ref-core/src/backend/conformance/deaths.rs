//! What happens to the objects and borrows of a dead session. Here a session dies by being dropped; tests that kill
//! processes are in `tests/`. A session looks for dead sessions if a dead session may be in the way of its command, and
//! while it waits or needs room. In a test where no session looks, a survivor calls `reap`.

use super::*;
use crate::id::{Epoch, Right};

const H: Right = Right(11);

type One = Arc<dyn Backend>;

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

pub(super) fn a_dead_adopter_is_in_no_way(open: Open) {
    for command in [Command::Get, Command::Share, Command::Adopt, Command::Evict] {
        let Fresh { mut sessions, place: _place } = open(2);
        let (object, _) = sessions[0].put(&[b"adopted"], here()).unwrap();
        granted(&sessions[0], object, Command::Detach);
        granted(&sessions[0], object, Command::Adopt);
        assert_eq!(refused(&sessions[1], object, command), (ErrorKind::Conflict, Some(HeldAs::Owner)));
        drop(sessions.remove(0));
        assert_eq!(refused(&sessions[0], object, command).0, ErrorKind::Gone, "{command:?}");
    }
}
