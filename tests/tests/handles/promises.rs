//! Promises: objects that get their value later.

use crate::places::{Grid, everywhere};
use ref_core::{ErrorKind, Key, Ownership, Ticket};
use std::time::Duration;

#[test]
fn a_promised_object_has_its_value_when_the_promise_is_fulfilled() {
    everywhere(|place| {
        let (promise, key) = place.lender.promise::<Grid>().unwrap();
        let key: Key<Grid> = key.to_text().parse().unwrap();
        let kind = |error: ref_core::Error| {
            assert_eq!(error.conflict().unwrap().holders[0].pid, std::process::id(), "{error}");
            error.kind()
        };
        assert_eq!(kind(place.borrower.get(&key).unwrap_err()), ErrorKind::NotYet);
        assert_eq!(kind(place.borrower.adopt(key.clone()).unwrap_err()), ErrorKind::NotYet);
        assert_eq!(kind(place.borrower.wait(&key, Duration::ZERO).unwrap_err()), ErrorKind::Timeout);
        assert_eq!(kind(place.borrower.remove(&key).unwrap_err()), ErrorKind::Conflict);
        assert!(place.borrower.exists(&key).unwrap());
        assert!(place.borrower.detached::<Grid>().unwrap().is_empty());
        std::thread::scope(|scope| {
            let waits: Vec<_> = (0..4).map(|_| scope.spawn(|| place.borrower.wait(&key, Duration::MAX))).collect();
            promise.fulfil(Grid::at(7)).unwrap();
            waits.into_iter().for_each(|waits| assert_eq!(waits.join().unwrap().unwrap(), Grid::at(7)));
        });
        assert_eq!(place.lender.get(&key).unwrap(), Grid::at(7));
        assert_eq!(place.borrower.adopt(key.clone()).unwrap().into_inner().unwrap(), Grid::at(7));
        assert_eq!(place.lender.get(&key).unwrap_err().kind(), ErrorKind::Abandoned, "it is gone");
    });
}

#[test]
fn a_promise_that_is_given_up_is_told() {
    everywhere(|place| {
        let (promise, key) = place.lender.promise::<Grid>().unwrap();
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| place.borrower.wait(&key, Duration::MAX));
            drop(promise);
            assert_eq!(waits.join().unwrap().unwrap_err().kind(), ErrorKind::Abandoned);
        });
        let (promise, key) = place.lender.promise::<Grid>().unwrap();
        promise.abandon().unwrap();
        for told in [place.borrower.get(&key), place.borrower.wait(&key, Duration::MAX)] {
            assert_eq!(told.unwrap_err().kind(), ErrorKind::Abandoned);
        }
        assert_eq!(place.borrower.adopt(key.clone()).unwrap_err().kind(), ErrorKind::Abandoned);
        assert!(!place.borrower.exists(&key).unwrap());
        assert_eq!(place.lender.stats().unwrap().objects, 0);
    });
}

#[test]
fn a_promise_that_cannot_be_kept_is_given_back() {
    everywhere(|place| {
        let (promise, key) = place.lender.promise::<Grid>().unwrap();
        let refused = promise.fulfil_or_return(Grid::too_large()).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::TooLarge);
        assert_eq!(place.borrower.get(&key).unwrap_err().kind(), ErrorKind::NotYet);
        let (promise, value) = refused.handle;
        assert_eq!(value, Grid::too_large());
        promise.fulfil(Grid::at(1)).unwrap();
        assert_eq!(place.borrower.get(&key).unwrap(), Grid::at(1));
    });
}

#[test]
fn a_promise_is_passed_on_as_text_and_taken_once() {
    everywhere(|place| {
        let (promise, key) = place.lender.promise::<Grid>().unwrap();
        let text = promise.into_text().unwrap();
        assert_eq!(place.borrower.get(&key).unwrap_err().kind(), ErrorKind::NotYet);
        assert_eq!(place.borrower.claim_promise::<u64>(&text).unwrap_err().kind(), ErrorKind::WrongType);
        assert_eq!(place.borrower.claim_promise::<Grid>(&key.to_text()).unwrap_err().kind(), ErrorKind::WrongAccess);
        assert_eq!(text.parse::<Ticket<Grid, Ownership>>().unwrap_err().kind(), ErrorKind::WrongAccess);
        assert_eq!(text.parse::<Key<Grid>>().unwrap_err().kind(), ErrorKind::WrongAccess);
        let promise = place.borrower.claim_promise::<Grid>(&text).unwrap();
        assert_eq!(place.lender.claim_promise::<Grid>(&text).unwrap_err().kind(), ErrorKind::AlreadyRedeemed);
        promise.fulfil(Grid::at(2)).unwrap();
        assert_eq!(place.lender.wait(&key, Duration::MAX).unwrap(), Grid::at(2));
    });
}

/// A key without a promise: the call waits until the object has no owner.
#[test]
fn a_call_waits_until_an_adopted_object_is_detached() {
    everywhere(|place| {
        let key = place.lender.put(Grid::at(1)).unwrap().detach().unwrap();
        let mut owned = place.lender.adopt(key.clone()).unwrap();
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| place.borrower.wait(&key, Duration::MAX));
            owned.borrow_mut().unwrap().step = 2;
            drop(owned.detach().unwrap());
            assert_eq!(waits.join().unwrap().unwrap(), Grid::at(2));
        });
        place.lender.remove(&key).unwrap();
        assert_eq!(place.borrower.wait(&key, Duration::MAX).unwrap_err().kind(), ErrorKind::Gone);
    });
}
