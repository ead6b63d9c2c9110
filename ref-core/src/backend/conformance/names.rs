//! Tests of published objects and their names.

use super::*;
use crate::backend::{Awaited, ObjectName};
use crate::id::{Epoch, Right};
use crate::sync::{Ordering, bell};
use ref_test_kit::spawn_asleep;

pub(super) fn name(text: &str) -> ObjectName {
    ObjectName::parse(text).unwrap()
}

/// Publishes an object with these bytes, and returns it.
pub(super) fn published(session: &Arc<dyn Backend>, text: &str, bytes: &[u8]) -> ObjectId {
    let (object, _) = session.put(&[bytes], here()).unwrap();
    session.publish(object, &name(text), here()).unwrap();
    object
}

/// Borrows a published object exclusively, and returns the token.
fn writer(session: &Arc<dyn Backend>, object: ObjectId) -> Epoch {
    let Reply::Opened(reserved) = granted(session, object, Command::Reserve) else { panic!("it was reserved") };
    match granted(session, object, Command::Grant) {
        Reply::Exclusive { token, .. } if token == reserved => token,
        reply => panic!("{reply:?}"),
    }
}

/// Removes a published object.
fn remove(session: &Arc<dyn Backend>, object: ObjectId) {
    let token = writer(session, object);
    granted(session, object, Command::Evict);
    granted(session, object, Command::Abort { token });
}

pub(super) fn a_name_leads_every_session_to_one_object(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    assert_eq!(sessions[1].named(&name("a/b")).unwrap(), None);
    let object = published(&sessions[0], "a/b", b"first");
    assert_eq!(sessions[1].named(&name("a/b")).unwrap(), Some(object));
    let (other, _) = sessions[1].put(&[b"second"], here()).unwrap();
    let error = sessions[1].publish(other, &name("a/b"), here()).unwrap_err();
    assert_eq!(why(&error), (ErrorKind::NameTaken, Some(HeldAs::Published)));
    assert_eq!(sessions[0].named(&name("a/b")).unwrap(), Some(object));
    sessions[1].publish(other, &name("a"), here()).unwrap();
    let listed = sessions[0].names("a").unwrap();
    assert_eq!(listed, [(name("a"), other), (name("a/b"), object)]);
    assert_eq!(sessions[0].names("a/").unwrap().len(), 1);
}

pub(super) fn only_an_owner_publishes_and_only_what_is_at_rest(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (object, _) = sessions[0].put(&[b"bytes"], here()).unwrap();
    let error = sessions[1].publish(object, &name("a"), here()).unwrap_err();
    assert_eq!(why(&error), (ErrorKind::Conflict, Some(HeldAs::Owner)));
    granted(&sessions[0], object, Command::OpenShared);
    let error = sessions[0].publish(object, &name("a"), here()).unwrap_err();
    assert_eq!(why(&error), (ErrorKind::Conflict, Some(HeldAs::Borrow)));
    assert_eq!(sessions[0].named(&name("a")).unwrap(), None, "a refused command leaves no name");
    granted(&sessions[0], object, Command::End);
    sessions[0].publish(object, &name("a"), here()).unwrap();
}

pub(super) fn a_name_is_forgotten_only_when_its_object_is_not_published(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let object = published(&sessions[0], "a", b"bytes");
    sessions[1].forget_name(&name("a"), object).unwrap();
    assert_eq!(sessions[1].named(&name("a")).unwrap(), Some(object));
    remove(&sessions[1], object);
    let next = published(&sessions[0], "a", b"another");
    sessions[1].forget_name(&name("a"), object).unwrap();
    assert_eq!(sessions[0].named(&name("a")).unwrap(), Some(next), "the name has another object by now");
    remove(&sessions[1], next);
    sessions[1].forget_name(&name("a"), next).unwrap();
    assert_eq!(sessions[0].named(&name("a")).unwrap(), None);
}

pub(super) fn a_name_of_a_dead_publisher_is_free(open: Open) {
    let Fresh { mut sessions, place: _place } = open(2);
    let object = published(&sessions[1], "a", b"bytes");
    let kept = published(&sessions[1], "b", b"bytes");
    writer(&sessions[1], object);
    granted(&sessions[1], object, Command::Evict);
    drop(sessions.pop());
    assert_eq!(refused(&sessions[0], object, Command::Get).0, ErrorKind::Gone);
    let next = published(&sessions[0], "a", b"next");
    assert_eq!(sessions[0].named(&name("a")).unwrap(), Some(next));
    assert_eq!(sessions[0].named(&name("b")).unwrap(), Some(kept), "what is published outlives its publisher");
}

pub(super) fn a_reaping_session_takes_names_that_lead_to_nothing(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let object = published(&sessions[0], "a", b"bytes");
    published(&sessions[0], "b", b"bytes");
    remove(&sessions[0], object);
    sessions[1].reap().unwrap();
    assert_eq!(sessions[0].named(&name("a")).unwrap(), None);
    assert!(sessions[0].named(&name("b")).unwrap().is_some());
}

pub(super) fn a_snapshot_waits_for_no_borrow(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let object = published(&sessions[0], "a", b"first");
    let (first, bytes) = sessions[1].snapshot(object, None, here()).unwrap();
    assert_eq!(&*bytes.unwrap(), b"first");
    let token = writer(&sessions[0], object);
    assert!(matches!(sessions[1].snapshot(object, Some(first), here()), Ok((now, None)) if now == first));
    let (_, bytes) = sessions[1].snapshot(object, None, here()).unwrap();
    assert_eq!(&*bytes.unwrap(), b"first");
    sessions[0].apply(object, Command::Commit { token }, &[b"second"], here()).unwrap();
    let (second, bytes) = sessions[1].snapshot(object, Some(first), here()).unwrap();
    assert_eq!((second, &*bytes.unwrap()), (token, &b"second"[..]));
    granted(&sessions[0], object, Command::Share);
    assert!(sessions[1].snapshot(object, Some(second), here()).is_ok());
    granted(&sessions[0], object, Command::Return { loan: None });
    remove(&sessions[0], object);
    assert_eq!(sessions[1].snapshot(object, None, here()).unwrap_err().kind(), ErrorKind::Gone);
}

/// Only the writer of a published object removes it, and no session becomes its owner.
pub(super) fn a_published_object_is_removed_by_its_writer(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let object = published(&sessions[0], "a", b"bytes");
    for command in [Command::Evict, Command::Adopt] {
        assert_eq!(refused(&sessions[0], object, command), (ErrorKind::Conflict, Some(HeldAs::Published)));
    }
    let token = writer(&sessions[0], object);
    assert_eq!(refused(&sessions[1], object, Command::Evict), (ErrorKind::Conflict, Some(HeldAs::Published)));
    granted(&sessions[0], object, Command::Evict);
    assert_eq!(refused(&sessions[1], object, Command::Get).0, ErrorKind::Gone);
    assert_eq!(refused(&sessions[0], object, Command::Commit { token }).0, ErrorKind::Gone);
    assert_eq!(sessions[0].stats().unwrap().objects, 0);
}

/// A session that waits for the end of a borrow or reservation of a published object is woken by that end.
pub(super) fn a_session_that_waits_for_a_published_object_is_woken(open: Open) {
    for (held, waits_for) in [(Command::Share, Command::Grant), (Command::Reserve, Command::Reserve)] {
        let Fresh { sessions, place: _place } = open(2);
        let object = published(&sessions[0], "a", b"bytes");
        let end = match granted(&sessions[0], object, held) {
            Reply::Opened(token) => Command::Abort { token },
            _ => Command::Return { loan: None },
        };
        if waits_for == Command::Grant {
            granted(&sessions[1], object, Command::Reserve);
        }
        let watch = sessions[1].watch(object);
        let error = ask(&sessions[1], object, waits_for).unwrap_err();
        let named = error.conflict().unwrap().holders.iter().map(|holder| holder.pid);
        assert_eq!(named.collect::<Vec<_>>(), [std::process::id()], "{held:?} is named: {error}");
        std::thread::scope(|scope| {
            let waits = spawn_asleep(scope, || sessions[1].wait(object, watch, LONG));
            assert!(!waits.is_finished(), "it did not wait");
            granted(&sessions[0], object, end);
        });
        granted(&sessions[1], object, waits_for);
    }
}

/// A session that waits for a version sleeps through borrows. A commit and the removal of the object wake it, by more
/// than the end of its time: the counter that it waits on has risen.
pub(super) fn a_session_that_waits_for_a_version_is_woken(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let object = published(&sessions[0], "a", b"first");
    for removes in [false, true] {
        let watch = sessions[1].watch_version(object);
        let (known, _) = sessions[1].snapshot(object, None, here()).unwrap();
        std::thread::scope(|scope| {
            let waits = spawn_asleep(scope, || sessions[1].wait_for_version(object, known, watch, LONG));
            assert!(!waits.is_finished(), "it did not wait");
            if removes {
                remove(&sessions[0], object);
            } else {
                let token = writer(&sessions[0], object);
                sessions[0].apply(object, Command::Commit { token }, &[b"second"], here()).unwrap();
            }
        });
        // In memory, the counter goes with the object.
        assert!(removes || sessions[1].watch_version(object) != watch, "it was not woken");
    }
}

/// A session misses no version that comes after it has looked and before it waits.
pub(super) fn a_version_that_comes_before_the_wait_ends_it(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let object = published(&sessions[0], "a", b"first");
    let watch = sessions[1].watch_version(object);
    let (known, _) = sessions[1].snapshot(object, None, here()).unwrap();
    let token = writer(&sessions[0], object);
    sessions[0].apply(object, Command::Commit { token }, &[b"second"], here()).unwrap();
    sessions[1].wait_for_version(object, known, watch, LONG);
    remove(&sessions[0], object);
    sessions[1].wait_for_version(object, token, watch, LONG);
}

pub(super) fn a_session_that_waits_for_a_name_is_woken(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let watch = sessions[1].watch_name(&name("a"));
    assert_eq!(sessions[1].named(&name("a")).unwrap(), None);
    std::thread::scope(|scope| {
        let waits = spawn_asleep(scope, || sessions[1].wait_for_name(&name("a"), watch, LONG));
        assert!(!waits.is_finished(), "it did not wait");
        published(&sessions[0], "a", b"bytes");
    });
    assert!(sessions[1].watch_name(&name("a")) != watch, "it was not woken");
    // The publication came before the wait.
    sessions[1].wait_for_name(&name("a"), watch, LONG);
}

/// A session that waits until an object has no owner is woken by that, and by the end of the object.
pub(super) fn a_session_that_waits_for_a_detachment_is_woken(open: Open) {
    for ends in [Command::Detach, Command::DropOwner] {
        let Fresh { sessions, place: _place } = open(2);
        let (object, _) = sessions[0].put(&[b"first"], here()).unwrap();
        let watch = sessions[1].watch(object);
        assert_eq!(refused(&sessions[1], object, Command::Get), (ErrorKind::Conflict, Some(HeldAs::Owner)));
        std::thread::scope(|scope| {
            let waits = spawn_asleep(scope, || sessions[1].wait_for_detach(object, watch, LONG));
            assert!(!waits.is_finished(), "it did not wait");
            granted(&sessions[0], object, ends);
        });
        // In memory, the counter goes with the object.
        assert!(ends == Command::DropOwner || sessions[1].watch(object) != watch, "it was not woken");
        // The end came before the wait.
        sessions[1].wait_for_detach(object, watch, LONG);
    }
}

/// A wait that no thread sleeps in is told of what it waits for: the watch differs then, and the doorbell of the store or
/// the bell of the process was rung.
pub(super) fn a_wait_without_a_thread_is_told_of_a_change(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (changes, waits) = (&sessions[0], &sessions[1]);
    let is_told = |awaited: Awaited, change: &dyn Fn()| {
        let watch = awaited.watch(&**waits);
        assert!(waits.arm(&awaited, watch), "{awaited:?} has changed already");
        bell::count_waiter(true);
        let (rung, doorbell) = (bell::rung(), waits.doorbell().unwrap());
        let announced = doorbell.as_ref().map(|doorbell| doorbell.announce());
        assert!(!waits.is_changed(&awaited, watch), "{awaited:?} was told of nothing");
        change();
        let is_woken = || announced.map_or(bell::rung() != rung, |(word, seen)| word.load(Ordering::Acquire) != seen);
        // A message of a server may come later than the reply to the change.
        while !(waits.is_changed(&awaited, watch) && is_woken()) {
            assert!(waits.server().is_some(), "{awaited:?} is not woken");
            std::thread::yield_now();
        }
        bell::count_waiter(false);
    };
    is_told(Awaited::Name(name("a")), &|| _ = published(changes, "a", b"first"));
    let object = changes.named(&name("a")).unwrap().unwrap();
    let known = changes.current(object).unwrap();
    let token = writer(changes, object);
    is_told(Awaited::Version(object, known), &|| {
        changes.apply(object, Command::Commit { token }, &[b"second"], here()).unwrap();
    });
    let token = writer(changes, object);
    is_told(Awaited::Borrowers(object), &|| _ = granted(changes, object, Command::Abort { token }));
    is_told(Awaited::Version(object, changes.current(object).unwrap()), &|| remove(changes, object));
    // A loan in between is not what is waited for, and the wait goes on.
    let loans: [&[Lent]; 4] = [&[], &[Lent::Shared], &[Lent::Exclusive], &[Lent::Revoked]];
    for (loan, ends) in loans.iter().flat_map(|loan| [(loan, Command::Detach), (loan, Command::DropOwner)]) {
        let (object, _) = changes.put(&[b"first"], here()).unwrap();
        is_told(Awaited::Detachment(object), &|| {
            loan.iter().for_each(|loan| loan.begin_and_end(changes, object));
            granted(changes, object, ends);
        });
    }
    // A lender waits before its borrower has redeemed the ticket.
    let (object, _) = waits.put(&[b"first"], here()).unwrap();
    granted(waits, object, Command::OpenExclusive { right: Right(1) });
    is_told(Awaited::Borrowers(object), &|| {
        granted(waits, object, Command::Reissue { right: Right(2) });
        redeem_and_abort(changes, object, Right(2));
    });
}

/// A loan of its owner to itself.
enum Lent {
    Shared,
    Exclusive,
    Revoked,
}

impl Lent {
    fn begin_and_end(&self, owner: &Arc<dyn Backend>, object: ObjectId) {
        if matches!(self, Self::Shared) {
            let Reply::Opened(epoch) = granted(owner, object, Command::OpenShared) else { panic!("an epoch") };
            granted(owner, object, Command::RedeemShared { epoch });
            granted(owner, object, Command::Return { loan: Some(epoch) });
        } else {
            granted(owner, object, Command::OpenExclusive { right: Right(1) });
        }
        if matches!(self, Self::Exclusive) {
            redeem_and_abort(owner, object, Right(1));
        }
        granted(owner, object, if matches!(self, Self::Revoked) { Command::Revoke } else { Command::End });
    }
}

fn redeem_and_abort(borrower: &Arc<dyn Backend>, object: ObjectId, right: Right) {
    let Reply::Exclusive { token, .. } = granted(borrower, object, Command::RedeemExclusive { right }) else {
        panic!("a token")
    };
    granted(borrower, object, Command::Abort { token });
}
