//! Digests of the bytes of versions.

use crate::places::{Grid, Moody, everywhere};
use ref_core::{Digest, ErrorKind};
use std::cell::RefCell;
use std::collections::BTreeSet;

#[test]
fn equal_bytes_have_one_digest_by_every_handle_and_in_every_store() {
    let found = RefCell::new(BTreeSet::new());
    everywhere(|place| {
        let add = |digest: ref_core::Result<Digest>| found.borrow_mut().insert(digest.unwrap());
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        add(grid.digest());
        let loan = grid.lend().unwrap();
        let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        add(lease.digest());
        lease.release().unwrap();
        let _returned = loan.end().unwrap();

        let first = grid.digest().unwrap();
        grid.borrow_mut().unwrap().step = 2;
        assert_eq!(grid.digest().unwrap(), first, "what is not written is in no version");
        grid.flush().unwrap();
        assert_ne!(grid.digest().unwrap(), first);
        grid.borrow_mut().unwrap().step = 1;
        let key = grid.detach().unwrap();
        add(place.borrower.digest(&key));
        assert!(place.borrower.remove(&key).unwrap());
        assert_eq!(place.borrower.digest(&key).unwrap_err().kind(), ErrorKind::Gone);

        let mut named = place.lender.named("grid").unwrap();
        named.set(Grid::at(1)).unwrap();
        let snapshot = place.borrower.named::<Grid>("grid").unwrap().snapshot().unwrap();
        add(named.digest());
        add(snapshot.digest());
        named.set(Grid::at(2)).unwrap();
        assert_ne!(named.digest().unwrap(), first);
        assert_eq!(snapshot.digest().unwrap_err().kind(), ErrorKind::Gone, "the store has its bytes no more");
        assert_eq!(snapshot.step, 1);
        named.remove().unwrap();
    });
    assert_eq!(found.borrow().len(), 1);
}

#[test]
fn a_digest_decodes_no_value() {
    everywhere(|place| {
        let owned = place.lender.put(Moody(Moody::BAD)).unwrap();
        let digest = owned.digest().unwrap();
        let key = owned.detach().unwrap();
        assert_eq!(place.borrower.get(&key).unwrap_err().kind(), ErrorKind::Decode);
        assert_eq!(place.borrower.digest(&key).unwrap(), digest);
        assert!(place.borrower.remove(&key).unwrap());
        let promise = place.lender.promise::<Grid>().unwrap();
        assert_eq!(place.borrower.digest(&promise.1).unwrap_err().kind(), ErrorKind::NotYet);
    });
}
