//! Loans whose handle was forgotten: for the compiler the owner is free, and in the ledger the loan goes on.

use crate::places::{Grid, Place, everywhere};
use ref_core::{ErrorKind, Exclusive, Lease, LoanEndCause, Owned, Shared};
use std::mem::forget;

/// Checks that the owner can read, change, write and lend again, and that each step sees the value of the step before.
fn goes_on(place: &Place, mut grid: Owned<Grid>, expected: u64) {
    assert_eq!(grid.borrow().unwrap().step, expected);
    grid.borrow_mut().unwrap().step += 10;
    grid.flush().unwrap();
    assert_eq!(grid.borrow().unwrap().step, expected + 10);

    let loan = grid.lend_mut().unwrap();
    let mut lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
    assert_eq!(lease.borrow().unwrap().step, expected + 10, "no stale value");
    lease.borrow_mut().unwrap().step += 10;
    lease.commit().unwrap();
    assert_eq!(loan.end().unwrap().cause, LoanEndCause::Returned);

    let loan = grid.lend().unwrap();
    let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
    assert_eq!(lease.borrow().unwrap().step, expected + 20, "no fork of its history");
    drop(lease);
    let _how_it_ended = loan.end().unwrap();
    assert_eq!(grid.into_inner().unwrap().step, expected + 20);
}

fn forgotten_shared(place: &Place) -> (Owned<Grid>, Lease<Grid, Shared>) {
    let grid = place.lender.put(Grid::at(1)).unwrap();
    let loan = grid.lend().unwrap();
    let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
    forget(loan);
    (grid, lease)
}

fn forgotten_exclusive(place: &Place) -> (Owned<Grid>, Lease<Grid, Exclusive>) {
    let mut grid = place.lender.put(Grid::at(1)).unwrap();
    let loan = grid.lend_mut().unwrap();
    let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
    forget(loan);
    (grid, lease)
}

#[test]
fn a_forgotten_shared_loan_excludes_changes_until_its_readers_are_done() {
    everywhere(|place| {
        let (mut grid, lease) = forgotten_shared(place);
        assert_eq!(grid.borrow().unwrap().step, 1);
        assert_eq!(grid.borrow_mut().unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(grid.lend_mut().unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(grid.borrow().unwrap().step, 1);
        assert_eq!(lease.borrow().unwrap().step, 1);
        lease.release().unwrap();
        goes_on(place, grid, 1);
    });
}

#[test]
fn a_forgotten_shared_loan_without_readers_is_in_nobody_s_way() {
    everywhere(|place| {
        let (grid, lease) = forgotten_shared(place);
        lease.release().unwrap();
        goes_on(place, grid, 1);
    });
}

#[test]
fn a_change_after_a_forgotten_shared_loan_closes_its_tickets() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend().unwrap();
        let ticket = loan.ticket().unwrap();
        forget(loan);
        grid.borrow_mut().unwrap().step = 2;
        assert_eq!(place.borrower.redeem(ticket).unwrap_err().kind(), ErrorKind::Expired);
        goes_on(place, grid, 2);
    });
}

#[test]
fn a_forgotten_shared_loan_does_not_count_once_the_owner_was_changed() {
    everywhere(|place| {
        let (mut grid, lease) = forgotten_shared(place);
        assert!(grid.borrow_mut().is_err());
        let loan = grid.lend().unwrap();
        drop(lease);
        assert_eq!(loan.end().unwrap().cause, LoanEndCause::Returned, "the forgotten handle is known to be gone");
        goes_on(place, grid, 1);
    });
}

#[test]
fn a_forgotten_exclusive_loan_excludes_everything_until_its_writer_is_done() {
    everywhere(|place| {
        let (mut grid, mut lease) = forgotten_exclusive(place);
        lease.borrow_mut().unwrap().step = 2;
        assert_eq!(grid.borrow().unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(grid.borrow_mut().unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(grid.lend().unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(grid.lend_mut().unwrap_err().kind(), ErrorKind::Conflict);
        let refused = grid.into_inner_or_return().unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Conflict);
        lease.commit().unwrap();
        goes_on(place, refused.handle, 2);
    });
}

#[test]
fn a_commit_under_a_forgotten_loan_is_read_by_whatever_comes_first() {
    everywhere(|place| {
        let commit = |step| {
            let (grid, mut lease) = forgotten_exclusive(place);
            lease.borrow_mut().unwrap().step = step;
            lease.commit().unwrap();
            grid
        };
        let mut grid = commit(2);
        grid.borrow_mut().unwrap().step += 1;
        goes_on(place, grid, 3);

        let grid = commit(4);
        let loan = grid.lend().unwrap();
        assert_eq!(place.borrower.redeem(loan.ticket().unwrap()).unwrap().borrow().unwrap().step, 4);
        drop(loan);
        goes_on(place, grid, 4);

        let ticket = commit(5).into_ticket().unwrap();
        goes_on(place, place.lender.claim(ticket).unwrap(), 5);
        assert_eq!(commit(6).into_inner().unwrap().step, 6);
    });
}

#[test]
fn an_unread_ticket_of_a_forgotten_exclusive_loan_is_void_when_the_owner_goes_on() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let ticket = loan.ticket().unwrap();
        forget(loan);
        assert_eq!(grid.borrow().unwrap().step, 1);
        assert_eq!(place.borrower.redeem(ticket).unwrap_err().kind(), ErrorKind::Expired);
        goes_on(place, grid, 1);
    });
}

#[test]
fn an_owner_with_a_forgotten_loan_can_be_dropped() {
    everywhere(|place| {
        let (grid, lease) = forgotten_shared(place);
        drop(grid);
        assert_eq!(lease.borrow().unwrap().step, 1);
        let (grid, lease) = forgotten_exclusive(place);
        grid.remove().unwrap();
        assert_eq!(lease.commit().unwrap_err().kind(), ErrorKind::Gone);
    });
}

#[test]
fn a_commit_under_a_forgotten_loan_is_not_the_next_one_s() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let mut lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        forget(loan);
        lease.borrow_mut().unwrap().step = 2;
        lease.commit().unwrap();
        let ended = grid.lend_mut().unwrap().end().unwrap();
        assert_eq!((ended.committed, ended.cause), (None, LoanEndCause::NeverRedeemed));
        assert_eq!(grid.borrow().unwrap().step, 2);
    });
}
