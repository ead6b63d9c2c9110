//! The limit of a store's bytes.

use crate::places::everywhere;
use ref_core::{ErrorKind, StoreOptions};

/// A value of so many thousand bytes, which is in cells at `file:` if it has at most four thousand.
fn value(thousands: usize) -> Vec<u8> {
    vec![7; thousands * 1_000]
}

#[test]
fn a_version_beyond_the_limit_is_refused_and_nothing_is_lost() {
    everywhere(|place| {
        let opened = StoreOptions::new().max_bytes(100_000).open(&place.address);
        if place.address.starts_with("redis") {
            let refused = opened.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Unsupported);
            assert!(refused.to_string().contains("maxmemory"), "{refused}");
            return;
        }
        let store = opened.unwrap();
        for thousands in [30, 3] {
            let others = place.lender.put(value(60)).unwrap();
            let mut kept = store.put(value(thousands)).unwrap();
            let bytes = place.lender.stats().unwrap().bytes;

            let refused = store.put_or_return(value(40)).unwrap_err();
            assert_eq!(refused.error.kind(), ErrorKind::StoreFull);
            assert!(refused.error.to_string().contains("max_bytes"), "{}", refused.error);
            assert_eq!(refused.handle, value(40));
            if place.address.starts_with("file") {
                let unfilled = store.put_with(40_000, |_: &mut [u8]| unreachable!("there is no room"));
                assert_eq!(unfilled.unwrap_err().kind(), ErrorKind::StoreFull);
            }

            kept.borrow_mut().unwrap().resize(40_000, 8);
            assert_eq!(kept.flush().unwrap_err().kind(), ErrorKind::StoreFull);
            assert_eq!(place.lender.stats().unwrap().bytes, bytes, "nothing was written");
            let lent = kept.lend_mut().unwrap_err();
            assert_eq!(lent.kind(), ErrorKind::StoreFull, "a change is written before its object is lent");
            drop(others);
            kept.flush().unwrap();

            let loan = kept.lend_mut().unwrap();
            let mut lease = store.redeem(loan.ticket().unwrap()).unwrap();
            lease.borrow_mut().unwrap()[0] = 1;
            lease.checkpoint().unwrap();
            lease.borrow_mut().unwrap().resize(90_000, 9);
            let mut refused = lease.commit_or_return().unwrap_err();
            assert_eq!(refused.error.kind(), ErrorKind::StoreFull);
            // The last checkpoint is not taken for one of the value that could not be written.
            assert_eq!(refused.handle.checkpoint().unwrap_err().kind(), ErrorKind::StoreFull);
            // A session without a limit is not limited.
            let beyond = place.lender.put(value(60)).unwrap();
            drop(beyond);
            let mut lease = refused.handle;
            lease.borrow_mut().unwrap().truncate(50_000);
            lease.commit().unwrap();
            assert!(loan.end().unwrap().committed.is_some());
            assert_eq!(kept.borrow().unwrap().len(), 50_000);
        }
    });
}
