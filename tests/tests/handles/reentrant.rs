//! Serde code that uses the handle whose value it writes or reads.

use crate::places::everywhere;
use ref_core::{ErrorKind, Loan, Owned, Result, Schema, Shared, Stored};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

thread_local! {
    /// The function that the next `Curious` of this thread calls while it is written or read.
    static ASK: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

#[derive(Debug)]
struct Curious(u64);

fn ask() {
    if let Some(ask) = ASK.take() {
        ask();
    }
}

impl Serialize for Curious {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        ask();
        self.0.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Curious {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        ask();
        u64::deserialize(from).map(Self)
    }
}

impl Stored for Curious {
    fn describe(schema: &mut Schema) {
        schema.named("Curious", 1, |shape| shape.field::<u64>("0"));
    }

    fn store<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        serde::Serialize::serialize(self, to)
    }

    fn restore<'de, D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        serde::Deserialize::deserialize(from)
    }
}

/// Calls `act` with the owner, and `then` during that call, in the value's serde code.
fn within<'o, R>(
    owner: &'o Arc<Owned<Curious>>,
    then: impl FnOnce(&Owned<Curious>) + 'static,
    act: impl FnOnce(&'o Owned<Curious>) -> R,
) -> R {
    let inner = Arc::clone(owner);
    ASK.set(Some(Box::new(move || then(&inner))));
    let result = act(owner);
    assert!(ASK.take().is_none(), "the value was neither written nor read");
    result
}

fn assert_would_deadlock<R: Debug>(result: Result<R>) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldDeadlock, "{error}");
    assert!(error.to_string().contains("the value's own code asks"), "{error}");
}

/// Calls methods that take `&Owned`, but not `lend`, while the owner's value is written or read. Checks the results.
fn ask_everything(owner: &Owned<Curious>) {
    assert!(format!("{owner:?}").contains(&owner.id().to_string()));
    let _seen = (owner.is_loaded(), owner.lent_as());
    if owner.is_loaded() {
        assert_eq!(owner.borrow().unwrap().0, 2);
        assert_would_deadlock(owner.duplicate());
    } else {
        assert_would_deadlock(owner.borrow());
        drop(owner.duplicate().unwrap());
    }
}

#[test]
fn a_value_that_is_being_written_may_ask_its_owner_anything() {
    everywhere(|place| {
        let mut owner = place.lender.put(Curious(1)).unwrap();
        owner.borrow_mut().unwrap().0 = 2;
        let owner = Arc::new(owner);
        let all = |owner: &Owned<Curious>| {
            ask_everything(owner);
            assert_would_deadlock(owner.lend());
        };
        let loan = within(&owner, all, |owner| owner.lend().unwrap());
        let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        assert_eq!(lease.borrow().unwrap().0, 2);
        drop(lease);
        let _how_it_ended = loan.end().unwrap();
        within(&owner, all_but_lend, |owner| drop(owner.duplicate().unwrap()));
    });

    fn all_but_lend(owner: &Owned<Curious>) {
        ask_everything(owner);
        let _how_it_ended = owner.lend().unwrap().end().unwrap();
    }
}

#[test]
fn a_value_that_is_being_read_may_ask_its_owner_anything() {
    everywhere(|place| {
        let sent = place.lender.put(Curious(2)).unwrap().into_ticket().unwrap();
        let owner = Arc::new(place.borrower.claim(sent).unwrap());
        let all = |owner: &Owned<Curious>| {
            ask_everything(owner);
            // The value was not changed, so `lend` writes nothing.
            let _how_it_ended = owner.lend().unwrap().end().unwrap();
        };
        assert_eq!(within(&owner, all, |owner| owner.borrow().unwrap().0), 2);
        assert!(owner.is_loaded());
    });
}

/// While a value is read, its loan is ended or revoked, or is asked for a ticket and dropped.
#[test]
fn a_value_that_is_being_read_may_ask_its_loans_anything() {
    let all: [fn(Loan<'static, Curious, Shared>); 4] = [
        |loan| drop(loan.ticket().unwrap()),
        |loan| drop(loan.end().unwrap()),
        |loan| drop(loan.end_timeout(Duration::ZERO).unwrap()),
        |loan| drop(loan.revoke().unwrap()),
    ];
    everywhere(|place| {
        for ask_loan in all {
            let sent = place.lender.put(Curious(2)).unwrap().into_ticket().unwrap();
            // The owner is leaked, so that its loan can be in a thread's variable.
            let owner: &'static Owned<Curious> = Box::leak(Box::new(place.borrower.claim(sent).unwrap()));
            let loan = owner.lend().unwrap();
            ASK.set(Some(Box::new(move || ask_loan(loan))));
            assert_eq!(owner.borrow().unwrap().0, 2);
            assert_eq!((ASK.take().is_none(), owner.lent_as()), (true, None));
        }
    });
}

#[test]
fn a_value_that_is_being_read_may_ask_its_lease_anything() {
    everywhere(|place| {
        let mut owner = place.lender.put(Curious(2)).unwrap();
        let loan = owner.lend_mut().unwrap();
        let lease = Arc::new(place.borrower.redeem(loan.ticket().unwrap()).unwrap());
        let inner = Arc::clone(&lease);
        ASK.set(Some(Box::new(move || {
            assert_would_deadlock(inner.borrow());
            assert!(inner.is_current().unwrap() && format!("{inner:?}").contains("BorrowMut"));
        })));
        assert_eq!(lease.borrow().unwrap().0, 2);
        assert!(ASK.take().is_none());
        ASK.set(Some(Box::new(|| ())));
        Arc::into_inner(lease).unwrap().commit().unwrap();
        assert!(ASK.take().is_none(), "it is written when it is committed");
        let _how_it_ended = loan.end().unwrap();
    });
}

#[test]
fn a_value_that_is_being_written_may_wait_for_a_thread_that_asks_its_owner() {
    everywhere(|place| {
        let mut owner = place.lender.put(Curious(1)).unwrap();
        owner.borrow_mut().unwrap().0 = 2;
        let owner = Arc::new(owner);
        let other = Arc::clone(&owner);
        let elsewhere = move |_: &Owned<Curious>| {
            let asked = thread::spawn(move || {
                let _seen = (other.id(), other.is_loaded(), format!("{other:?}"));
                assert_eq!((other.borrow().unwrap().0, other.lent_as()), (2, None));
                drop(other.duplicate().unwrap());
            });
            asked.join().unwrap();
        };
        let loan = within(&owner, elsewhere, |owner| owner.lend().unwrap());
        let _how_it_ended = loan.end().unwrap();
        assert_eq!(owner.lent_as(), None);
    });
}

#[test]
fn a_value_is_read_once_for_all_threads() {
    everywhere(|place| {
        let sent = place.lender.put(Curious(2)).unwrap().into_ticket().unwrap();
        let (owner, reads) = (place.borrower.claim(sent).unwrap(), Arc::new(AtomicU32::new(0)));
        thread::scope(|s| {
            for _ in 0..8 {
                let (owner, reads) = (&owner, Arc::clone(&reads));
                s.spawn(move || {
                    ASK.set(Some(Box::new(move || _ = reads.fetch_add(1, Ordering::Relaxed))));
                    assert_eq!(owner.borrow().unwrap().0, 2);
                });
            }
        });
        assert_eq!(reads.load(Ordering::Relaxed), 1);
    });
}

/// After a panic in serde code, the owner is not lent, and has its last value.
#[test]
fn a_value_whose_serde_code_panics_can_be_written_and_read_again() {
    everywhere(|place| {
        let mut owner = place.lender.put(Curious(1)).unwrap();
        owner.borrow_mut().unwrap().0 = 2;
        let panics = |act: &dyn Fn()| {
            ASK.set(Some(Box::new(|| panic!("in serde code"))));
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(act)).unwrap_err();
        };
        panics(&|| drop(owner.lend()));
        assert_eq!((owner.lent_as(), owner.borrow().unwrap().0), (None, 2));
        let _how_it_ended = owner.lend().unwrap().end().unwrap();
        owner.unload().unwrap();
        panics(&|| drop(owner.borrow().map(|value| value.0)));
        assert_eq!(owner.borrow().unwrap().0, 2);
    });
}
