//! The traits of the handles of a stored type, and stores with and without a name.

use crate::places::{Grid, everywhere};
use ref_core::{
    Error, ErrorKind, Exclusive, Key, Lease, Loan, LoanEnd, Owned, OwnedLoan, Ownership, Refused, Shared, Stats, Store,
    Ticket,
};
use std::fmt::Debug;

fn sendable<T: Send>() {}
fn shareable<T: Sync>() {}
fn shown<T: Debug>() {}

/// Checks that each handle of a value that is `Send`, `Sync` and `Debug` is all of these too.
macro_rules! table {
    ($($handle:ty),+ $(,)?) => {$(
        sendable::<$handle>();
        shareable::<$handle>();
        shown::<$handle>();
    )+};
}

#[test]
fn every_handle_of_a_stored_type_crosses_threads() {
    table! {
        Store, Owned<Grid>, Loan<'static, Grid, Shared>, Loan<'static, Grid, Exclusive>,
        Ticket<Grid, Shared>, Ticket<Grid, Exclusive>, Ticket<Grid, Ownership>,
        Lease<Grid, Shared>, Lease<Grid, Exclusive>, LoanEnd, Error, Refused<Owned<Grid>>,
        OwnedLoan<Grid, Shared>, OwnedLoan<Grid, Exclusive>, Key<Grid>, Stats,
    }
}

#[test]
fn debug_output_names_the_object_and_nothing_in_it() {
    everywhere(|place| {
        let mut secret = place.lender.put(String::from("hunter2")).unwrap();
        let id = secret.id().to_string();
        let loan = secret.lend_mut().unwrap();
        let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        lease.borrow().unwrap();
        let all = [format!("{loan:?}"), format!("{lease:?}")];
        lease.commit().unwrap();
        let _how_it_ended = loan.end().unwrap();
        secret.borrow().unwrap();
        for text in all.into_iter().chain([format!("{secret:?}")]) {
            assert!(text.contains(&id) && !text.contains("hunter2"), "{text}");
        }
    });
}

#[test]
fn a_named_store_in_memory_is_one_store_as_long_as_somebody_has_it_open() {
    let (a, b) = (Store::open("memory:one").unwrap(), Store::open("memory:one").unwrap());
    let ticket = a.put(1_u64).unwrap().into_ticket().unwrap();
    let owned = b.claim(ticket).unwrap();
    drop((a, b));
    let c = Store::open("memory:one").unwrap();
    let ticket = owned.into_ticket().unwrap();
    let refused = Store::open("memory:two").unwrap().claim_or_return(ticket).unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::WrongStore);
    assert_eq!(c.claim(refused.handle).unwrap().into_inner().unwrap(), 1, "the owner kept the store open");
}

#[test]
fn stores_without_a_name_are_nobody_else_s() {
    let (a, b) = (Store::open("memory:").unwrap(), Store::open("memory:").unwrap());
    let refused = b.claim_or_return(a.put(1_u64).unwrap().into_ticket().unwrap()).unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::WrongStore);
    assert_eq!(a.clone().claim(refused.handle).unwrap().into_inner().unwrap(), 1, "a clone is the same session");
}

#[test]
fn a_session_s_objects_go_when_its_last_handle_does() {
    everywhere(|place| {
        let session = place.open();
        let grid = session.put(Grid::at(1)).unwrap();
        drop(session);
        let loan = grid.lend().unwrap();
        let ticket = loan.ticket().unwrap();
        assert!(place.borrower.redeem(ticket.clone()).is_ok(), "the owner keeps its session");
        drop(loan);
        drop(grid);
        assert_eq!(place.borrower.redeem(ticket).unwrap_err().kind(), ErrorKind::Gone);
    });
}

#[test]
fn threads_share_and_move_handles() {
    everywhere(|place| {
        let grid = place.lender.put(Grid::at(1)).unwrap();
        let steps: Vec<u64> = std::thread::scope(|scope| {
            let reading = || {
                let loan = grid.lend().unwrap();
                let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
                lease.borrow().unwrap().step + grid.borrow().unwrap().step
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(reading)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(steps, [2; 8]);
        let back = std::thread::spawn(move || grid.into_ticket().unwrap()).join().unwrap();
        assert_eq!(place.lender.claim(back).unwrap().into_inner().unwrap().step, 1);
    });
}
