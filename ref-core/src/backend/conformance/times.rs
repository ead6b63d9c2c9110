//! Detached objects that go when their time is over.

use super::deaths::One;
use super::{Fresh, LONG, Open, ask, granted, here, refused, why};
use crate::error::{ErrorKind, HeldAs};
use crate::id::{Epoch, ObjectId};
use crate::ledger::{Command, Reply};
use std::time::Duration;

const GONE: (ErrorKind, Option<HeldAs>) = (ErrorKind::Gone, None);

/// Puts an object, which is detached and has this time.
fn timed(owner: &One, time: Duration) -> (ObjectId, Epoch) {
    let (object, version) = owner.put(&[b"value"], here()).unwrap();
    assert_eq!(granted(owner, object, Command::DetachFor { time }), Reply::Done);
    (object, version)
}

/// Waits until the time of the object is over.
fn wait_until_gone(session: &One, object: ObjectId) {
    while session.current(object).is_ok() {
        std::thread::yield_now();
    }
}

pub(super) fn an_object_goes_when_its_time_is_over(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let commands = [
        Command::Get,
        Command::Share,
        Command::Adopt,
        Command::Evict,
        Command::Reserve,
        Command::Extend { time: LONG },
    ];
    for command in commands {
        let (object, _) = timed(&sessions[0], Duration::ZERO);
        wait_until_gone(&sessions[1], object);
        assert_eq!(refused(&sessions[1], object, command), GONE, "{command:?}");
        assert_eq!(sessions[1].stats().unwrap().objects, 0, "{command:?} has met it");
    }
    let (object, version) = timed(&sessions[0], LONG);
    assert_eq!(granted(&sessions[1], object, Command::Get), Reply::Version(version));
    assert_eq!(sessions[1].detached().unwrap(), [object]);
}

pub(super) fn an_extended_object_stays(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (long, _) = timed(&sessions[0], LONG);
    granted(&sessions[1], long, Command::Extend { time: Duration::ZERO });
    let (short, _) = timed(&sessions[0], Duration::from_millis(300));
    let (other, _) = timed(&sessions[0], Duration::from_millis(300));
    // Unless this process stood still since.
    let extended = ask(&sessions[1], short, Command::Extend { time: LONG });
    wait_until_gone(&sessions[0], other);
    match extended {
        Ok(reply) => {
            assert_eq!(reply, Reply::Done);
            granted(&sessions[0], short, Command::Get);
        }
        Err(error) => assert_eq!(why(&error), GONE),
    }
    granted(&sessions[0], long, Command::Get);
    // An object without a time has none afterwards either, and an owned object has an owner.
    let (lasting, _) = sessions[0].put(&[b"value"], here()).unwrap();
    assert_eq!(
        refused(&sessions[1], lasting, Command::Extend { time: LONG }),
        (ErrorKind::Conflict, Some(HeldAs::Owner))
    );
    granted(&sessions[0], lasting, Command::Detach);
    granted(&sessions[1], lasting, Command::Extend { time: Duration::ZERO });
    let (next, _) = timed(&sessions[0], Duration::ZERO);
    wait_until_gone(&sessions[0], next);
    granted(&sessions[0], lasting, Command::Get);
}

pub(super) fn who_reads_an_object_when_its_time_ends_reads_on(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (object, version) = loop {
        let (object, version) = timed(&sessions[0], Duration::from_millis(300));
        // Otherwise this process stood still since.
        if ask(&sessions[1], object, Command::Share).is_ok() {
            break (object, version);
        }
    };
    wait_until_gone(&sessions[0], object);
    assert_eq!(refused(&sessions[0], object, Command::Share), GONE);
    assert_eq!(&*sessions[1].read(object, version).unwrap(), b"value");
    assert_eq!(sessions[0].stats().unwrap().objects, 1, "its reader keeps it");
    granted(&sessions[1], object, Command::Return { loan: None });
    assert_eq!(sessions[0].stats().unwrap().objects, 0);
}

pub(super) fn an_adopted_object_has_no_time(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let object = loop {
        let (object, _) = timed(&sessions[0], Duration::from_millis(300));
        if ask(&sessions[1], object, Command::Adopt).is_ok() {
            break object;
        }
    };
    let (other, _) = timed(&sessions[0], Duration::from_millis(300));
    wait_until_gone(&sessions[0], other);
    granted(&sessions[1], object, Command::Detach);
    granted(&sessions[0], object, Command::Get);
    granted(&sessions[0], object, Command::Evict);
}

/// The adopter is told how much time was left, so that it can leave the object as it was.
pub(super) fn an_adopter_is_told_the_time_that_was_left(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    for time in [LONG, Duration::MAX] {
        let (object, first) = timed(&sessions[0], time);
        let reply = granted(&sessions[1], object, Command::Adopt);
        let Reply::Adopted { version, left } = reply else { panic!("{reply:?}") };
        assert_eq!(version, first);
        assert!(left > Duration::ZERO && left <= time.saturating_add(Duration::from_millis(200)), "{left:?}");
        granted(&sessions[1], object, Command::DetachFor { time: left });
        granted(&sessions[0], object, Command::Get);
        granted(&sessions[1], object, Command::Adopt);
        granted(&sessions[1], object, Command::Detach);
        assert_eq!(granted(&sessions[0], object, Command::Adopt), Reply::Version(first), "it has no time");
    }
}

pub(super) fn what_goes_is_reaped(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let objects = [(); 3].map(|()| timed(&sessions[0], Duration::ZERO).0);
    objects.iter().for_each(|object| wait_until_gone(&sessions[1], *object));
    assert_eq!(sessions[1].detached().unwrap(), []);
    sessions[1].reap().unwrap();
    assert_eq!(sessions[0].stats().unwrap().objects, 0);
}
