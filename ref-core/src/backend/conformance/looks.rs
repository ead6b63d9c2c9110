//! Tests of what a session sees of an object, and of `end_redeemed`, which ends no loan whose ticket can be redeemed.

use super::*;
use crate::backend::{Hold, Stats};
use crate::id::{Epoch, Right};

const H: Right = Right(21);

fn put(owner: &Arc<dyn Backend>) -> ObjectId {
    owner.put(&[b"value"], here()).unwrap().0
}

fn lend(owner: &Arc<dyn Backend>, object: ObjectId) -> Epoch {
    let Reply::Opened(epoch) = granted(owner, object, Command::OpenShared) else { panic!("opened") };
    epoch
}

fn take(owner: &Arc<dyn Backend>, writer: &Arc<dyn Backend>, object: ObjectId) -> Epoch {
    granted(owner, object, Command::OpenExclusive { right: H });
    let taken = granted(writer, object, Command::RedeemExclusive { right: H });
    let Reply::Exclusive { token, .. } = taken else { panic!("{taken:?}") };
    token
}

fn holds(sessions: &[Arc<dyn Backend>], object: ObjectId) -> Vec<Option<Hold>> {
    sessions.iter().map(|session| session.hold(object).unwrap()).collect()
}

pub(super) fn a_session_sees_what_it_borrows(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let object = put(&sessions[0]);
    assert_eq!(holds(&sessions, object), [None, None], "an owner borrows nothing");
    let epoch = lend(&sessions[0], object);
    granted(&sessions[1], object, Command::RedeemShared { epoch });
    granted(&sessions[1], object, Command::RedeemShared { epoch });
    granted(&sessions[1], object, Command::Return { loan: Some(epoch) });
    assert_eq!(holds(&sessions, object), [None, Some(Hold::Shared)]);
    granted(&sessions[1], object, Command::Return { loan: Some(epoch) });
    assert_eq!(holds(&sessions, object), [None, None]);
    granted(&sessions[0], object, Command::End);

    let token = take(&sessions[0], &sessions[1], object);
    assert_eq!(holds(&sessions, object), [None, Some(Hold::Exclusive(token))]);
    sessions[1].apply(object, Command::Commit { token }, &[b"next"], here()).unwrap();
    assert_eq!(holds(&sessions, object), [None, None]);
}

pub(super) fn an_offer_is_one_until_it_is_redeemed(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let object = put(&sessions[0]);
    let is_offered = || sessions[0].is_offered(object).unwrap();
    assert!(!is_offered());
    let epoch = lend(&sessions[0], object);
    granted(&sessions[1], object, Command::RedeemShared { epoch });
    assert!(!is_offered(), "a shared loan");
    granted(&sessions[1], object, Command::Return { loan: Some(epoch) });
    granted(&sessions[0], object, Command::End);
    granted(&sessions[0], object, Command::OpenExclusive { right: H });
    assert!(is_offered());
    assert_eq!(sessions[0].end_redeemed(object, here()).unwrap(), None);
    assert!(is_offered(), "an offered loan was not ended");
    let taken = granted(&sessions[1], object, Command::RedeemExclusive { right: H });
    let Reply::Exclusive { token, .. } = taken else { panic!("{taken:?}") };
    assert!(!is_offered());
    let held = sessions[0].end_redeemed(object, here()).unwrap_err();
    assert_eq!(held.kind(), ErrorKind::Conflict, "{held}");
    granted(&sessions[1], object, Command::Abort { token });
    assert!(!is_offered(), "it was redeemed");
    granted(&sessions[0], object, Command::Reissue { right: Right(22) });
    assert!(is_offered());
    granted(&sessions[0], object, Command::End);
    assert!(!is_offered());
    let token = take(&sessions[0], &sessions[1], object);
    granted(&sessions[1], object, Command::Abort { token });
    let ended = sessions[0].end_redeemed(object, here()).unwrap();
    assert!(matches!(ended, Some(Reply::Ended { redeemed: true, .. })), "{ended:?}");
    let ended = sessions[0].end_redeemed(object, here()).unwrap();
    assert!(matches!(ended, Some(Reply::Ended { .. })), "{ended:?}");
}

pub(super) fn a_revoked_borrow_is_seen_as_none(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let object = put(&sessions[0]);
    take(&sessions[0], &sessions[1], object);
    granted(&sessions[0], object, Command::Revoke);
    assert_eq!(holds(&sessions, object), [None, None]);
    let second = take(&sessions[0], &sessions[0], object);
    assert_eq!(holds(&sessions, object), [Some(Hold::Exclusive(second)), None]);
    granted(&sessions[0], object, Command::DropOwner);
    assert_eq!(holds(&sessions, object), [None, None], "no session would have what it writes");
}

pub(super) fn a_doomed_object_has_no_current_version(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let object = put(&sessions[0]);
    let epoch = lend(&sessions[0], object);
    granted(&sessions[1], object, Command::RedeemShared { epoch });
    assert!(sessions[1].current(object).is_ok());
    granted(&sessions[0], object, Command::DropOwner);
    assert_eq!(sessions[1].current(object).unwrap_err().kind(), ErrorKind::Gone);
}

/// Returns the numbers of objects: all, lent shared, lent exclusively, in transit, detached.
fn kinds(stats: &Stats) -> [u64; 5] {
    [stats.objects, stats.lent_shared, stats.lent_exclusively, stats.in_transit, stats.detached]
}

pub(super) fn what_is_in_the_store_is_counted(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let owner = &sessions[0];
    let seen = || kinds(&sessions[1].stats().unwrap());
    let (object, other) = (put(owner), put(owner));
    assert_eq!(seen(), [2, 0, 0, 0, 0]);
    let epoch = lend(owner, object);
    granted(&sessions[1], object, Command::RedeemShared { epoch });
    assert_eq!(seen(), [2, 1, 0, 0, 0]);
    refused(owner, object, Command::End);
    assert_eq!(seen(), [2, 1, 0, 0, 0], "it is lent until it is back");
    granted(owner, other, Command::OpenExclusive { right: H });
    assert_eq!(seen(), [2, 1, 1, 0, 0]);
    granted(owner, other, Command::End);
    let token = take(owner, &sessions[1], other);
    assert_eq!(seen(), [2, 1, 1, 0, 0]);
    granted(&sessions[1], other, Command::Abort { token });
    assert_eq!(seen(), [2, 1, 1, 0, 0], "the loan goes on without a borrower");
    granted(owner, other, Command::End);
    granted(owner, other, Command::Send { right: H });
    assert_eq!(seen(), [2, 1, 0, 1, 0]);
    granted(owner, object, Command::DropOwner);
    assert_eq!(seen(), [2, 0, 0, 1, 0], "its reader keeps it");
    granted(&sessions[1], object, Command::Return { loan: Some(epoch) });
    assert_eq!(seen(), [1, 0, 0, 1, 0]);
    granted(owner, put(owner), Command::Detach);
    assert_eq!(seen(), [2, 0, 0, 1, 1]);
}

pub(super) fn sessions_and_bytes_are_counted(open: Open) {
    let Fresh { sessions, place: _place } = open(3);
    let (object, base) = sessions[0].put(&[&[7; 100]], here()).unwrap();
    let stats = sessions[1].stats().unwrap();
    assert_eq!((stats.sessions, stats.bytes), (3, 100));
    sessions[0].apply(object, Command::OwnerCommit { base }, &[&[7; 40_000]], here()).unwrap();
    assert_eq!(sessions[1].stats().unwrap().bytes, 40_000, "of current versions alone");
    let [first, second, third] = <[_; 3]>::try_from(sessions).ok().unwrap();
    drop((first, second));
    third.reap().unwrap();
    let stats = third.stats().unwrap();
    assert_eq!((stats.sessions, stats.objects, stats.bytes), (1, 0, 0));
}
