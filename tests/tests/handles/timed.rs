//! Detached objects that go when their time is over.

use crate::places::{Grid, Moody, everywhere};
use ref_core::{ErrorKind, Key, Store};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

fn wait_until_gone<T>(store: &Store, key: &Key<T>) {
    while store.exists(key).unwrap() {
        std::thread::yield_now();
    }
}

#[test]
fn what_was_put_for_a_time_is_found_by_its_key_until_then() {
    everywhere(|place| {
        let line = place.lender.put_for(Grid::at(1), HOUR).unwrap().to_text();
        let key: Key<Grid> = line.parse().unwrap();
        assert_eq!(key.to_text(), line);
        assert_eq!(place.borrower.get(&key).unwrap(), Grid::at(1));
        assert_eq!(place.borrower.detached::<Grid>().unwrap(), std::slice::from_ref(&key));
        place.borrower.extend(&key, Duration::MAX).unwrap();
        assert!(place.lender.remove(&key).unwrap());

        let key = place.lender.put_for(Grid::at(2), Duration::ZERO).unwrap();
        wait_until_gone(&place.borrower, &key);
        let errors = [
            place.borrower.get(&key).map(drop).unwrap_err(),
            place.borrower.digest(&key).map(drop).unwrap_err(),
            place.borrower.extend(&key, HOUR).unwrap_err(),
            place.borrower.adopt(key.clone()).map(drop).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Gone);
            assert!(error.to_string().contains("time is over") && error.to_string().contains("`extend`"), "{error}");
        }
        assert!(!place.borrower.remove(&key).unwrap());
        assert_eq!(place.lender.stats().unwrap().objects, 0);
    });
}

#[test]
fn what_was_adopted_has_no_time_any_more() {
    everywhere(|place| {
        let key = place.lender.put_for(Grid::at(1), HOUR).unwrap();
        let owned = place.borrower.adopt(key.clone()).unwrap();
        assert_eq!(place.lender.extend(&key, HOUR).unwrap_err().kind(), ErrorKind::Conflict);
        let lasting = owned.detach().unwrap();
        assert_eq!(lasting, key);
        place.lender.extend(&lasting, Duration::ZERO).unwrap();
        let other = place.lender.put_for(Grid::at(2), Duration::ZERO).unwrap();
        wait_until_gone(&place.lender, &other);
        assert_eq!(place.borrower.get(&lasting).unwrap(), Grid::at(1));
        assert!(place.lender.remove(&lasting).unwrap());
    });
}

/// An adopter that cannot read the value leaves the object as it was: with its time, which goes on meanwhile.
#[test]
fn what_cannot_be_read_has_its_time_again() {
    everywhere(|place| {
        let (bad, short) = (|| Moody(Moody::BAD), Duration::from_millis(300));
        let key = place.lender.put_for(bad(), HOUR).unwrap();
        let owned = place.borrower.adopt(key.clone()).unwrap();
        assert_eq!(place.lender.objects().unwrap()[0].time_left, None, "an owned object has no time");
        let error = owned.into_inner().unwrap_err();
        assert_eq!(error.key().unwrap(), key.to_text());
        let left = place.lender.objects().unwrap()[0].time_left.unwrap();
        assert!(left <= HOUR + Duration::from_secs(1), "{left:?}");
        assert!(place.lender.remove(&key).unwrap());

        let (key, owned) = loop {
            let key = place.lender.put_for(bad(), short).unwrap();
            // Unless this process stood still since.
            if let Ok(owned) = place.borrower.adopt(key.clone()) {
                break (key, owned);
            }
        };
        let other = place.lender.put_for(bad(), short).unwrap();
        wait_until_gone(&place.lender, &other);
        assert!(place.lender.exists(&key).unwrap(), "its owner has it");
        assert!(owned.borrow().is_err());
        drop(owned);
        wait_until_gone(&place.lender, &key);
    });
}
