//! Tests of when an object may be borrowed, and of what a refusal says.

use super::*;
use crate::backend::Hold;
use crate::id::{Epoch, Right};
use ref_test_kit::spawn_asleep;

const H: Right = Right(11);
const J: Right = Right(12);

/// Makes an object of the session `owner`. Returns the object's id and first version.
fn put(owner: &Arc<dyn Backend>) -> (ObjectId, Epoch) {
    owner.put(&[b"value"], here()).unwrap()
}

#[track_caller]
fn lend(owner: &Arc<dyn Backend>, object: ObjectId) -> Epoch {
    match granted(owner, object, Command::OpenShared) {
        Reply::Opened(epoch) => epoch,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn take(writer: &Arc<dyn Backend>, object: ObjectId, right: Right) -> Epoch {
    match granted(writer, object, Command::RedeemExclusive { right }) {
        Reply::Exclusive { token, .. } => token,
        other => panic!("{other:?}"),
    }
}

fn conflict(held: HeldAs) -> (ErrorKind, Option<HeldAs>) {
    (ErrorKind::Conflict, Some(held))
}

pub(super) fn many_may_read(open: Open) {
    let Fresh { sessions, place: _place } = open(4);
    let (object, version) = put(&sessions[0]);
    let epoch = lend(&sessions[0], object);
    for reader in &sessions {
        assert_eq!(granted(reader, object, Command::RedeemShared { epoch }), Reply::Shared { version });
        assert_eq!(&*reader.read(object, version).unwrap(), b"value");
    }
}

pub(super) fn one_may_write(open: Open) {
    let Fresh { sessions, place: _place } = open(3);
    let (object, _) = put(&sessions[0]);
    granted(&sessions[0], object, Command::OpenExclusive { right: H });
    take(&sessions[1], object, H);
    let second = refused(&sessions[2], object, Command::RedeemExclusive { right: H });
    assert_eq!(second.0, ErrorKind::AlreadyRedeemed);
}

pub(super) fn a_reader_keeps_the_writer_out(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (object, version) = put(&sessions[0]);
    let epoch = lend(&sessions[0], object);
    granted(&sessions[1], object, Command::RedeemShared { epoch });
    for command in [Command::OpenExclusive { right: H }, Command::OwnerCommit { base: version }, Command::Detach] {
        assert_eq!(refused(&sessions[0], object, command), conflict(HeldAs::Borrow), "{command:?}");
    }
}

pub(super) fn a_writer_keeps_every_other_out(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (object, version) = put(&sessions[0]);
    granted(&sessions[0], object, Command::OpenExclusive { right: H });
    take(&sessions[1], object, H);
    let commands = [
        Command::OpenShared,
        Command::OpenExclusive { right: J },
        Command::Reissue { right: J },
        Command::OwnerCommit { base: version },
        Command::Send { right: J },
        Command::End,
    ];
    for command in commands {
        assert_eq!(refused(&sessions[0], object, command), conflict(HeldAs::BorrowMut), "{command:?}");
    }
}

pub(super) fn a_ticket_of_an_ended_loan_has_expired(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (object, version) = put(&sessions[0]);
    let epoch = lend(&sessions[0], object);
    assert_eq!(granted(&sessions[0], object, Command::End), Reply::Ended { version, redeemed: true });
    assert_eq!(refused(&sessions[1], object, Command::RedeemShared { epoch }).0, ErrorKind::Expired);
    granted(&sessions[0], object, Command::OpenExclusive { right: H });
    assert_eq!(granted(&sessions[0], object, Command::End), Reply::Ended { version, redeemed: false });
    assert_eq!(refused(&sessions[1], object, Command::RedeemExclusive { right: H }).0, ErrorKind::Expired);
}

pub(super) fn an_exclusive_ticket_is_redeemed_once(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (object, version) = put(&sessions[0]);
    granted(&sessions[0], object, Command::OpenExclusive { right: H });
    let token = take(&sessions[1], object, H);
    granted(&sessions[1], object, Command::Abort { token });
    granted(&sessions[1], object, Command::Abort { token });
    let again = refused(&sessions[1], object, Command::RedeemExclusive { right: H });
    assert_eq!(again.0, ErrorKind::AlreadyRedeemed);
    assert_eq!(granted(&sessions[0], object, Command::End), Reply::Ended { version, redeemed: true });
}

pub(super) fn a_reissued_ticket_voids_the_old_one(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (object, _) = put(&sessions[0]);
    granted(&sessions[0], object, Command::OpenExclusive { right: H });
    granted(&sessions[0], object, Command::Reissue { right: J });
    assert_eq!(refused(&sessions[1], object, Command::RedeemExclusive { right: H }).0, ErrorKind::Expired);
    take(&sessions[1], object, J);
}

pub(super) fn a_loan_that_is_held_does_not_end(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (object, version) = put(&sessions[0]);
    let epoch = lend(&sessions[0], object);
    granted(&sessions[1], object, Command::RedeemShared { epoch });
    assert_eq!(refused(&sessions[0], object, Command::End), conflict(HeldAs::Borrow));
    granted(&sessions[1], object, Command::Return { loan: Some(epoch) });
    assert_eq!(granted(&sessions[0], object, Command::End), Reply::Ended { version, redeemed: true });
}

pub(super) fn a_closed_loan_admits_no_borrower(open: Open) {
    let Fresh { sessions, place: _place } = open(3);
    let (object, version) = put(&sessions[0]);
    let epoch = lend(&sessions[0], object);
    granted(&sessions[1], object, Command::RedeemShared { epoch });
    refused(&sessions[0], object, Command::End);
    assert_eq!(refused(&sessions[2], object, Command::RedeemShared { epoch }).0, ErrorKind::Expired);
    assert_eq!(&*sessions[1].read(object, version).unwrap(), b"value");
}

pub(super) fn a_session_gives_back_as_often_as_it_borrowed(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (object, _) = put(&sessions[0]);
    let epoch = lend(&sessions[0], object);
    granted(&sessions[1], object, Command::RedeemShared { epoch });
    granted(&sessions[1], object, Command::RedeemShared { epoch });
    granted(&sessions[1], object, Command::Return { loan: Some(epoch) });
    assert_eq!(refused(&sessions[0], object, Command::End), conflict(HeldAs::Borrow));
    granted(&sessions[1], object, Command::Return { loan: Some(epoch) });
    granted(&sessions[1], object, Command::Return { loan: Some(epoch) });
    granted(&sessions[0], object, Command::End);
}

pub(super) fn overlapping_shared_loans_are_one(open: Open) {
    let Fresh { sessions, place: _place } = open(1);
    let (object, _) = put(&sessions[0]);
    assert_eq!(lend(&sessions[0], object), lend(&sessions[0], object));
}

pub(super) fn a_closing_loan_is_followed_by_a_new_one(open: Open) {
    let Fresh { sessions, place: _place } = open(3);
    let (object, _) = put(&sessions[0]);
    let old = lend(&sessions[0], object);
    granted(&sessions[1], object, Command::RedeemShared { epoch: old });
    refused(&sessions[0], object, Command::End);
    let new = lend(&sessions[0], object);
    assert!(new > old);
    assert_eq!(refused(&sessions[2], object, Command::RedeemShared { epoch: old }).0, ErrorKind::Expired);
    granted(&sessions[2], object, Command::RedeemShared { epoch: new });
    granted(&sessions[2], object, Command::Return { loan: Some(new) });
    assert_eq!(refused(&sessions[0], object, Command::End), conflict(HeldAs::Borrow), "the first reader still reads");
}

pub(super) fn a_checkpoint_keeps_the_borrow(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (object, _) = put(&sessions[0]);
    granted(&sessions[0], object, Command::OpenExclusive { right: H });
    let mut token = take(&sessions[1], object, H);
    // Of few bytes, of some, and of so many that a version has a file of its own.
    for length in [3, 300, 30_000] {
        let bytes = vec![7; length];
        let kept = sessions[1].apply(object, Command::Checkpoint { token }, &[&bytes], here()).unwrap();
        let Reply::Exclusive { token: next, version } = kept else { panic!("{kept:?}") };
        assert_eq!(version, token);
        assert!(next > token);
        assert_eq!(
            (sessions[0].current(object).unwrap(), sessions[0].read(object, version).unwrap().len()),
            (version, length)
        );
        assert_eq!(sessions[1].hold(object).unwrap(), Some(Hold::Exclusive(next)));
        assert_eq!(refused(&sessions[0], object, Command::End), conflict(HeldAs::BorrowMut));
        token = next;
    }
    let committed = sessions[1].apply(object, Command::Commit { token }, &[b"last"], here()).unwrap();
    assert_eq!(committed, Reply::Version(token));
    assert_eq!(granted(&sessions[0], object, Command::End), Reply::Ended { version: token, redeemed: true });
    assert!(sessions[0].died(object).is_none());
    assert_eq!(&*sessions[0].read(object, token).unwrap(), b"last");
    // A checkpoint after a revocation changes nothing.
    granted(&sessions[0], object, Command::OpenExclusive { right: J });
    let late = take(&sessions[1], object, J);
    granted(&sessions[0], object, Command::Revoke);
    let refused = sessions[1].apply(object, Command::Checkpoint { token: late }, &[b"late"], here()).unwrap_err();
    assert_eq!((refused.kind(), sessions[0].current(object).unwrap()), (ErrorKind::Fenced, token));
}

pub(super) fn a_revoked_writer_is_fenced(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (object, version) = put(&sessions[0]);
    granted(&sessions[0], object, Command::OpenExclusive { right: H });
    let token = take(&sessions[1], object, H);
    assert_eq!(granted(&sessions[0], object, Command::Revoke), Reply::Revoked { version, moved: None });
    let late = sessions[1].apply(object, Command::Commit { token }, &[b"late"], here()).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Fenced);
    assert_eq!(sessions[0].current(object).unwrap(), version);
}

pub(super) fn a_revoked_reader_reads_on(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (object, first) = put(&sessions[0]);
    let epoch = lend(&sessions[0], object);
    granted(&sessions[1], object, Command::RedeemShared { epoch });
    let (moved, base) = revoke(&sessions[0], object);
    sessions[0].apply(moved, Command::OwnerCommit { base }, &[b"next"], here()).unwrap();
    assert_eq!(&*sessions[1].read(object, first).unwrap(), b"value");
    granted(&sessions[1], object, Command::Return { loan: Some(epoch) });
}

/// Revokes the loan. Returns the id under which the object goes on, and the object's version.
fn revoke(owner: &Arc<dyn Backend>, object: ObjectId) -> (ObjectId, Epoch) {
    match granted(owner, object, Command::Revoke) {
        Reply::Revoked { moved, version } => (moved.unwrap_or(object), version),
        other => panic!("{other:?}"),
    }
}

pub(super) fn after_a_revocation_the_owner_lends_at_once(open: Open) {
    let Fresh { sessions, place: _place } = open(3);
    let (object, _) = put(&sessions[0]);
    let epoch = lend(&sessions[0], object);
    granted(&sessions[1], object, Command::RedeemShared { epoch });
    let (moved, _) = revoke(&sessions[0], object);
    granted(&sessions[0], moved, Command::OpenExclusive { right: H });
    take(&sessions[2], moved, H);
    let (moved, _) = revoke(&sessions[0], moved);
    lend(&sessions[0], moved);
}

pub(super) fn ownership_is_claimed_once(open: Open) {
    let Fresh { sessions, place: _place } = open(3);
    let (object, version) = put(&sessions[0]);
    let Reply::Sent { seq } = granted(&sessions[0], object, Command::Send { right: H }) else { panic!("sent") };
    assert_eq!(refused(&sessions[0], object, Command::OpenShared), conflict(HeldAs::InTransit));
    assert_eq!(refused(&sessions[1], object, Command::Claim { seq, right: J }).0, ErrorKind::Expired);
    assert_eq!(granted(&sessions[1], object, Command::Claim { seq, right: H }), Reply::Version(version));
    let second = refused(&sessions[2], object, Command::Claim { seq, right: H });
    assert_eq!(second.0, ErrorKind::AlreadyRedeemed);
    assert_eq!(refused(&sessions[0], object, Command::OpenShared), conflict(HeldAs::Owner));
    lend(&sessions[1], object);
}

pub(super) fn what_is_lent_is_not_sent(open: Open) {
    let Fresh { sessions, place: _place } = open(1);
    let (object, _) = put(&sessions[0]);
    lend(&sessions[0], object);
    for command in [Command::Send { right: H }, Command::Detach, Command::Publish] {
        assert_eq!(refused(&sessions[0], object, command), conflict(HeldAs::Borrow), "{command:?}");
    }
}

pub(super) fn an_owner_does_not_fork_the_history(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (object, base) = put(&sessions[0]);
    granted(&sessions[0], object, Command::OpenExclusive { right: H });
    let token = take(&sessions[1], object, H);
    sessions[1].apply(object, Command::Commit { token }, &[b"theirs"], here()).unwrap();
    granted(&sessions[0], object, Command::End);
    let fork = sessions[0].apply(object, Command::OwnerCommit { base }, &[b"mine"], here()).unwrap_err();
    assert_eq!(fork.kind(), ErrorKind::Diverged);
    sessions[0].apply(object, Command::OwnerCommit { base: token }, &[b"mine"], here()).unwrap();
}

pub(super) fn a_dropped_object_is_gone_when_its_last_reader_is(open: Open) {
    let Fresh { sessions, place: _place } = open(3);
    let (object, version) = put(&sessions[0]);
    let epoch = lend(&sessions[0], object);
    granted(&sessions[1], object, Command::RedeemShared { epoch });
    granted(&sessions[0], object, Command::DropOwner);
    assert_eq!(refused(&sessions[2], object, Command::RedeemShared { epoch }).0, ErrorKind::Gone);
    assert_eq!(&*sessions[1].read(object, version).unwrap(), b"value");
    granted(&sessions[1], object, Command::Return { loan: Some(epoch) });
    assert_eq!(sessions[1].current(object).unwrap_err().kind(), ErrorKind::Gone);
}

pub(super) fn a_conflict_names_its_holders(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (object, _) = put(&sessions[0]);
    let epoch = lend(&sessions[0], object);
    let at = here();
    sessions[1].apply(object, Command::RedeemShared { epoch }, &[], at).unwrap();
    let error = ask(&sessions[0], object, Command::End).unwrap_err();
    let holders = &error.conflict().unwrap().holders;
    assert_eq!(holders.len(), 1, "{error}");
    assert_eq!(holders[0].pid, std::process::id());
    assert_eq!(holders[0].at, Some(format!("{}:{}", at.file(), at.line())));
}

pub(super) fn a_conflict_names_a_few_holders_and_counts_all(open: Open) {
    let Fresh { sessions, place: _place } = open(13);
    let (object, _) = put(&sessions[0]);
    let epoch = lend(&sessions[0], object);
    for reader in &sessions[1..] {
        granted(reader, object, Command::RedeemShared { epoch });
    }
    let error = ask(&sessions[0], object, Command::End).unwrap_err();
    let conflict = error.conflict().unwrap();
    assert_eq!((conflict.holders.len(), conflict.count), (8, 12));
    assert!(error.to_string().contains(" and 4 more"), "{error}");
}

pub(super) fn a_waiting_session_is_woken(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (object, _) = put(&sessions[0]);
    let epoch = lend(&sessions[0], object);
    granted(&sessions[1], object, Command::RedeemShared { epoch });
    ask(&sessions[0], object, Command::End).unwrap_err();
    let watch = sessions[0].watch(object);
    std::thread::scope(|scope| {
        let waits = spawn_asleep(scope, || sessions[0].wait(object, watch, LONG));
        assert!(!waits.is_finished(), "it did not wait");
        granted(&sessions[1], object, Command::Return { loan: Some(epoch) });
    });
    granted(&sessions[0], object, Command::End);
}
