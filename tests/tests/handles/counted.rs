//! `Store::stats` and `Lease::is_current`.

use crate::places::{Grid, everywhere};
use ref_core::StoreOptions;

#[test]
fn a_store_counts_what_it_holds() {
    everywhere(|place| {
        let seen = || {
            let stats = place.borrower.stats().unwrap();
            [stats.objects, stats.lent_shared, stats.lent_exclusively, stats.in_transit, stats.detached]
        };
        assert_eq!(seen(), [0; 5]);
        let put = || place.lender.put(Grid::at(1)).unwrap();
        let (mut a, b, c, d) = (put(), put(), put(), put());
        let loans = (b.lend().unwrap(), a.lend_mut().unwrap());
        assert_eq!(seen(), [4, 1, 1, 0, 0]);
        drop(loans);
        let (key, ticket) = (c.detach().unwrap(), d.into_ticket().unwrap());
        assert_eq!(seen(), [4, 0, 0, 1, 1]);
        drop(place.borrower.adopt(key).unwrap());
        drop(place.borrower.claim(ticket).unwrap());
        assert_eq!(seen(), [2, 0, 0, 0, 0]);
    });
}

#[test]
fn a_store_counts_sessions_and_bytes() {
    everywhere(|place| {
        let before = place.lender.stats().unwrap();
        assert_eq!((before.sessions, before.bytes), (2, 0));
        let third = place.open();
        let grid = third.put(Grid { step: 1, cells: vec![0; 10_000] }).unwrap();
        let stats = place.lender.stats().unwrap();
        assert_eq!((stats.sessions, stats.objects), (3, 1));
        assert!((10_000..11_000).contains(&stats.bytes), "{stats:?}");
        drop((third, grid));
        assert_eq!(place.lender.stats().unwrap(), before);
    });
}

#[test]
fn limits_are_those_that_the_store_was_made_with() {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let address = format!("file:{}", folder.path().join("store").display());
    let _store = StoreOptions::new().max_objects(128).max_sessions(8).open(&address).unwrap();
    let stats = StoreOptions::new().max_objects(9).max_sessions(9).open(&address).unwrap().stats().unwrap();
    assert_eq!((stats.max_objects, stats.max_sessions, stats.sessions), (Some(128), Some(8), 2));
    let stats = ref_core::Store::open("memory:").unwrap().stats().unwrap();
    assert_eq!((stats.max_objects, stats.max_sessions), (None, None));
}

#[test]
fn an_exclusive_lease_is_current_until_it_is_revoked() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        assert!(lease.is_current().unwrap());
        let _how_it_ended = loan.revoke().unwrap();
        assert!(!lease.is_current().unwrap(), "its commit would be fenced");

        let loan = grid.lend_mut().unwrap();
        let second = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        assert!(second.is_current().unwrap() && !lease.is_current().unwrap());
        drop(lease);
        assert!(second.is_current().unwrap(), "giving back what was revoked gives back nothing");
        second.commit().unwrap();
        let _how_it_ended = loan.end().unwrap();
    });
}

#[test]
fn no_lease_is_current_when_its_object_is_gone() {
    everywhere(|place| {
        let (mut a, b) = (place.lender.put(Grid::at(1)).unwrap(), place.lender.put(Grid::at(2)).unwrap());
        let loan = a.lend_mut().unwrap();
        let writer = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        std::mem::forget(loan);
        let loan = b.lend().unwrap();
        let reader = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        drop(loan);
        assert!(writer.is_current().unwrap() && reader.is_current().unwrap());
        drop((a, b));
        assert!(!writer.is_current().unwrap() && !reader.is_current().unwrap());
    });
}
