//! Copies of objects, and values that are unloaded and read again.

use crate::places::{Grid, everywhere};
use ref_core::ErrorKind;
use ref_core::access::AccessKind;
use std::mem::forget;

#[test]
fn a_copy_has_the_last_change_and_goes_its_own_way() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        grid.borrow_mut().unwrap().step = 2;
        let mut copy = grid.duplicate().unwrap();
        assert_ne!(copy.id(), grid.id());
        assert!(!copy.is_loaded());
        copy.borrow_mut().unwrap().step += 10;
        grid.borrow_mut().unwrap().step += 1;
        assert_eq!((grid.into_inner().unwrap().step, copy.into_inner().unwrap().step), (3, 12));
    });
}

#[test]
fn what_is_not_loaded_is_copied_unread() {
    everywhere(|place| {
        let ticket = place.lender.put(Grid::at(3)).unwrap().into_ticket().unwrap();
        let claimed = place.borrower.claim(ticket).unwrap();
        let copy = claimed.duplicate().unwrap();
        assert!(!claimed.is_loaded() && !copy.is_loaded());
        drop(claimed);
        assert_eq!(copy.borrow().unwrap().step, 3);
    });
}

#[test]
fn what_is_lent_to_readers_can_be_copied() {
    everywhere(|place| {
        let grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend().unwrap();
        let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        let mut copy = grid.duplicate().unwrap();
        copy.borrow_mut().unwrap().step = 2;
        assert_eq!((lease.borrow().unwrap().step, copy.borrow().unwrap().step), (1, 2));
        drop(lease);
        let _how_it_ended = loan.end().unwrap();
    });
}

#[test]
fn a_copy_of_what_was_not_loaded_closes_no_loan() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        grid.unload().unwrap();
        let loan = grid.lend().unwrap();
        let copy = grid.duplicate().unwrap();
        let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        assert_eq!((lease.borrow().unwrap().step, copy.borrow().unwrap().step), (1, 1));
    });
}

#[test]
fn what_a_writer_holds_is_copied_when_he_is_done() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let mut lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        forget(loan);
        assert_eq!(grid.duplicate().unwrap_err().kind(), ErrorKind::Conflict);
        lease.borrow_mut().unwrap().step = 2;
        lease.commit().unwrap();
        let copy = grid.duplicate().unwrap();
        assert_eq!((copy.borrow().unwrap().step, grid.borrow().unwrap().step), (2, 2));
    });
}

#[test]
fn a_copy_that_does_not_fit_is_refused_and_changes_nothing() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        *grid.borrow_mut().unwrap() = Grid::too_large();
        assert_eq!(grid.duplicate().unwrap_err().kind(), ErrorKind::TooLarge);
        assert_eq!(*grid.borrow().unwrap(), Grid::too_large());
        assert_eq!(place.lender.stats().unwrap().objects, 1);
    });
}

#[test]
fn an_unloaded_value_is_read_again_with_its_last_change() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        grid.borrow_mut().unwrap().step = 2;
        grid.unload().unwrap();
        assert!(!grid.is_loaded());
        assert_eq!(grid.borrow().unwrap().step, 2);
        assert!(grid.is_loaded());
        grid.unload().unwrap();
        grid.borrow_mut().unwrap().step += 1;
        assert_eq!(grid.into_inner().unwrap().step, 3);
    });
}

#[test]
fn a_change_that_cannot_be_written_is_not_unloaded() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        *grid.borrow_mut().unwrap() = Grid::too_large();
        assert_eq!(grid.unload().unwrap_err().kind(), ErrorKind::TooLarge);
        assert!(grid.is_loaded());
        assert_eq!(*grid.borrow().unwrap(), Grid::too_large());
    });
}

#[test]
fn unloading_ends_no_loan() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend().unwrap();
        let ticket = loan.ticket().unwrap();
        forget(loan);
        grid.unload().unwrap();
        assert_eq!(grid.lent_as(), Some(AccessKind::Borrow));
        assert_eq!(place.borrower.redeem(ticket).unwrap().borrow().unwrap().step, 1);
        assert_eq!(grid.borrow().unwrap().step, 1);
    });
}
