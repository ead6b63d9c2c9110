//! Tests of the bytes of versions, of the numbers that name versions, and of the ids of objects.

use super::*;
use crate::id::{Epoch, Right};

const H: Right = Right(11);

pub(super) fn what_was_put_is_read(open: Open) {
    let Fresh { sessions, place: _place } = open(1);
    let large: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
    for bytes in [&b"a few"[..], &large] {
        let (object, version) = sessions[0].put(&[bytes], here()).unwrap();
        assert_eq!(&*sessions[0].read(object, version).unwrap(), bytes);
        assert_eq!(sessions[0].current(object).unwrap(), version);
    }
}

pub(super) fn an_empty_value_is_a_value(open: Open) {
    let Fresh { sessions, place: _place } = open(1);
    let (object, version) = sessions[0].put(&[b""], here()).unwrap();
    assert_eq!(&*sessions[0].read(object, version).unwrap(), b"");
}

pub(super) fn pieces_follow_each_other(open: Open) {
    let Fresh { sessions, place: _place } = open(1);
    let many: Vec<Vec<u8>> = (0..3000_usize).map(|nth| vec![nth as u8; nth % 17]).collect();
    let pieces: Vec<&[u8]> = many.iter().map(|piece| &piece[..]).collect();
    let (object, base) = sessions[0].put(&pieces, here()).unwrap();
    assert_eq!(&*sessions[0].read(object, base).unwrap(), many.concat());
    let next = sessions[0].apply(object, Command::OwnerCommit { base }, &[b"", b"ab", b"", b"c"], here()).unwrap();
    let Reply::Version(next) = next else { panic!("{next:?}") };
    assert_eq!(&*sessions[0].read(object, next).unwrap(), b"abc");
}

pub(super) fn bytes_are_filled_where_they_stay(open: Open) {
    let Fresh { sessions, place: _place } = open(1);
    for length in [1, 100_000] {
        let mut fill = |bytes: &mut [u8]| {
            assert!(bytes.len() == length && bytes.iter().all(|byte| *byte == 0));
            bytes.fill(7);
        };
        let (object, version) = sessions[0].put_in_place(length, &mut fill, here()).unwrap();
        assert_eq!(&*sessions[0].read(object, version).unwrap(), vec![7; length]);
    }
    let before = sessions[0].stats().unwrap().objects;
    let mut panics = |_: &mut [u8]| panic!("this test's panic");
    let put = || sessions[0].put_in_place(100_000, &mut panics, here()).map(drop);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(put)).is_err());
    assert_eq!(sessions[0].stats().unwrap().objects, before);
}

pub(super) fn a_version_never_changes(open: Open) {
    let Fresh { sessions, place: _place } = open(1);
    let (object, first) = sessions[0].put(&[b"first"], here()).unwrap();
    let kept = sessions[0].read(object, first).unwrap();
    let next = sessions[0].apply(object, Command::OwnerCommit { base: first }, &[b"other"], here()).unwrap();
    let Reply::Version(next) = next else { panic!("{next:?}") };
    assert_eq!(&*kept, b"first");
    assert_eq!(&*sessions[0].read(object, next).unwrap(), b"other");
}

pub(super) fn a_commit_is_the_next_version(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let [owner, writer] = &sessions[..] else { unreachable!() };
    let (object, first) = owner.put(&[b"first"], here()).unwrap();
    granted(owner, object, Command::OpenExclusive { right: H });
    let Reply::Exclusive { token, version } = granted(writer, object, Command::RedeemExclusive { right: H }) else {
        panic!("an exclusive ticket was redeemed")
    };
    assert_eq!((version, token > first), (first, true));
    let committed = writer.apply(object, Command::Commit { token }, &[b"second"], here()).unwrap();
    assert_eq!(committed, Reply::Version(token));
    assert_eq!(granted(owner, object, Command::End), Reply::Ended { version: token, redeemed: true });
    assert_eq!(&*owner.read(object, token).unwrap(), b"second");
}

pub(super) fn a_refused_commit_leaves_nothing(open: Open) {
    let Fresh { sessions, place: _place } = open(1);
    let (object, first) = sessions[0].put(&[b"first"], here()).unwrap();
    let base = Epoch(first.0 + 1000);
    let error = sessions[0].apply(object, Command::OwnerCommit { base }, &[b"lost"], here()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Diverged);
    assert_eq!(&*sessions[0].read(object, sessions[0].current(object).unwrap()).unwrap(), b"first");
}

pub(super) fn every_object_has_its_own_id(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let mut seen = std::collections::BTreeSet::new();
    for nth in 0..40_usize {
        let session = &sessions[nth % 2];
        let (object, _) = session.put(&[&[nth as u8]], here()).unwrap();
        assert!(seen.insert(object), "{object} was used again");
        if nth % 3 == 0 {
            granted(session, object, Command::DropOwner);
            assert_eq!(session.current(object).unwrap_err().kind(), ErrorKind::Gone);
        }
    }
}
