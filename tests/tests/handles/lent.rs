//! Long loans, and loans whose handle is gone.

use crate::places::{Grid, everywhere};
use ref_core::access::AccessKind;
use ref_core::{ErrorKind, Exclusive, LoanEndCause, OwnedLoan};
use ref_tests::spawn_asleep;
use std::time::Duration;

#[test]
fn an_owner_goes_into_its_loan_and_comes_back() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        grid.borrow_mut().unwrap().step = 2;
        let lent = grid.into_loan().unwrap();
        let lease = place.borrower.redeem(lent.ticket().unwrap()).unwrap();
        let second = place.borrower.redeem(lent.ticket().unwrap()).unwrap();
        assert_eq!((lease.borrow().unwrap().step, lent.borrow().unwrap().step), (2, 2));
        drop((lease, second));
        let (grid, ended) = lent.end().unwrap();
        assert_eq!((ended.cause, grid.lent_as()), (LoanEndCause::Returned, None));
        assert!(grid.is_loaded());
        assert_eq!(grid.into_inner().unwrap().step, 2);
    });
}

#[test]
fn what_a_borrower_commits_comes_back_with_the_owner() {
    everywhere(|place| {
        // A `Vec` can have these loans, but it could not have a `Loan` together with the loan's owner.
        let lents: Vec<OwnedLoan<Grid, Exclusive>> =
            (1..4).map(|step| place.lender.put(Grid::at(step)).unwrap().into_loan_mut().unwrap()).collect();
        for lent in &lents {
            let mut lease = place.borrower.redeem(lent.ticket().unwrap()).unwrap();
            lease.borrow_mut().unwrap().step *= 10;
            lease.commit().unwrap();
        }
        let steps = lents.into_iter().map(|lent| {
            let (grid, ended) = lent.end().unwrap();
            assert!(ended.committed.is_some());
            grid.into_inner().unwrap().step
        });
        assert_eq!(steps.collect::<Vec<_>>(), [10, 20, 30]);
    });
}

#[test]
fn a_lent_object_that_is_held_stays_lent() {
    everywhere(|place| {
        let lent = place.lender.put(Grid::at(1)).unwrap().into_loan_mut().unwrap();
        let lease = place.borrower.redeem(lent.ticket().unwrap()).unwrap();
        let refused = lent.end_timeout_or_return(Duration::ZERO).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Timeout);
        let text = refused.error.to_string();
        assert!(
            text.contains(", which is this one") && text.contains("the lease back that this process has"),
            "{text}"
        );
        assert_eq!(refused.error.conflict().unwrap().holders.len(), 1);
        assert_eq!(refused.handle.reissue().unwrap_err().kind(), ErrorKind::Conflict);
        drop(lease);
        let (_, ended) = refused.handle.end().unwrap();
        assert_eq!((ended.committed, ended.cause), (None, LoanEndCause::Returned));
    });
}

#[test]
fn a_long_loan_makes_the_same_tickets_as_a_short_one() {
    everywhere(|place| {
        let lent = place.lender.put(Grid::at(1)).unwrap().into_loan_mut().unwrap();
        let first = lent.ticket().unwrap();
        assert_eq!(lent.ticket().unwrap_err().kind(), ErrorKind::TicketMade, "there is one");
        let second = lent.reissue().unwrap();
        assert_eq!(place.borrower.redeem(first).unwrap_err().kind(), ErrorKind::Expired);
        drop(place.borrower.redeem(second).unwrap());
        let (grid, _) = lent.end().unwrap();

        let lent = grid.into_loan().unwrap();
        let ticket = lent.ticket().unwrap();
        let lease = place.borrower.redeem(ticket.clone()).unwrap();
        let lent = lent.end_timeout_or_return(Duration::ZERO).unwrap_err().handle;
        assert_eq!(lent.ticket().unwrap_err().kind(), ErrorKind::Expired, "it is closed to new borrowers");
        assert_eq!(place.borrower.redeem(ticket).unwrap_err().kind(), ErrorKind::Expired);
        drop(lease);
        lent.end().unwrap().0.remove().unwrap();
    });
}

#[test]
fn a_long_loan_is_revoked_whoever_holds_it() {
    everywhere(|place| {
        let lent = place.lender.put(Grid::at(1)).unwrap().into_loan_mut().unwrap();
        let writer = place.borrower.redeem(lent.ticket().unwrap()).unwrap();
        let (grid, ended) = lent.revoke().unwrap();
        assert_eq!(ended.cause, LoanEndCause::Revoked);
        assert_eq!(writer.commit().unwrap_err().kind(), ErrorKind::Fenced);

        let lent = grid.into_loan().unwrap();
        let reader = place.borrower.redeem(lent.ticket().unwrap()).unwrap();
        let (mut grid, _) = lent.revoke().unwrap();
        grid.borrow_mut().unwrap().step = 2;
        grid.flush().unwrap();
        assert_eq!((reader.borrow().unwrap().step, grid.borrow().unwrap().step), (1, 2));
    });
}

#[test]
fn a_dropped_lent_object_goes_when_its_last_borrower_does() {
    everywhere(|place| {
        let lent = place.lender.put(Grid::at(1)).unwrap().into_loan().unwrap();
        let ticket = lent.ticket().unwrap();
        let lease = place.borrower.redeem(ticket.clone()).unwrap();
        drop(lent);
        assert_eq!(lease.borrow().unwrap().step, 1);
        assert_eq!(place.borrower.redeem(ticket).unwrap_err().kind(), ErrorKind::Gone);
        drop(lease);
        assert_eq!(place.lender.stats().unwrap().objects, 0);
    });
}

#[test]
fn what_cannot_be_lent_comes_back() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        *grid.borrow_mut().unwrap() = Grid::too_large();
        let refused = grid.into_loan_or_return().unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::TooLarge);
        let refused = refused.handle.into_loan_mut_or_return().unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::TooLarge);
        assert_eq!(refused.handle.into_inner().unwrap(), Grid::too_large());
    });
}

/// An `OwnedLoan` is the owner's only loan handle, even if the handle of an earlier loan was forgotten.
#[test]
fn a_forgotten_loan_is_no_other_handle_of_a_long_one() {
    everywhere(|place| {
        let grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend().unwrap();
        let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        std::mem::forget(loan);
        let lent = grid.into_loan().unwrap();
        assert_eq!(lent.end_timeout(Duration::ZERO).unwrap_err().kind(), ErrorKind::Timeout);
        drop(lease);
    });
}

#[test]
fn a_loan_without_a_handle_is_told_and_ended() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        assert_eq!((grid.lent_as(), grid.end_loan(Duration::ZERO).unwrap()), (None, None));
        std::mem::forget((grid.lend().unwrap(), grid.lend().unwrap()));
        assert_eq!(grid.lent_as(), Some(AccessKind::Borrow));
        let ended = grid.end_loan(Duration::ZERO).unwrap().unwrap();
        assert_eq!(
            (ended.cause, grid.lent_as()),
            (LoanEndCause::Returned, None),
            "handles that are forgotten do not count"
        );
        let loan = grid.lend_mut().unwrap();
        let mut lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        drop(loan);
        assert_eq!(grid.lent_as(), Some(AccessKind::BorrowMut));
        let late = grid.end_loan(Duration::from_millis(1)).unwrap_err();
        assert_eq!((late.kind(), late.conflict().unwrap().holders.len()), (ErrorKind::Timeout, 1));
        lease.borrow_mut().unwrap().step = 2;
        let token = lease.commit().unwrap();
        let ended = grid.end_loan(Duration::ZERO).unwrap().unwrap();
        assert_eq!((ended.committed, ended.cause), (Some(token), LoanEndCause::Returned));
        assert_eq!((grid.lent_as(), grid.borrow().unwrap().step), (None, 2));
    });
}

#[test]
fn the_end_of_a_loan_waits_for_the_readers_and_no_longer() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend().unwrap();
        let lease = place.lender.redeem(loan.ticket().unwrap()).unwrap();
        std::mem::forget(loan);
        std::thread::scope(|scope| {
            // The session that waits also has the lease. This thread drops the lease.
            let ending = spawn_asleep(scope, || grid.end_loan(Duration::MAX).unwrap().unwrap().cause);
            assert!(!ending.is_finished());
            drop(lease);
            assert_eq!(ending.join().unwrap(), LoanEndCause::Returned);
        });
        grid.borrow_mut().unwrap().step = 2;
    });
}

#[test]
fn loans_without_a_handle_are_revoked() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        assert_eq!(grid.revoke_loan().unwrap(), None);
        let (a, b) = (grid.lend().unwrap(), grid.lend().unwrap());
        let reader = place.borrower.redeem(a.ticket().unwrap()).unwrap();
        std::mem::forget((a, b));
        assert_eq!(grid.borrow_mut().unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(grid.revoke_loan().unwrap().unwrap().cause, LoanEndCause::Revoked);
        grid.borrow_mut().unwrap().step = 2;

        let loan = grid.lend_mut().unwrap();
        let mut writer = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        std::mem::forget(loan);
        writer.borrow_mut().unwrap().step = 3;
        grid.revoke_loan().unwrap();
        assert_eq!(writer.commit().unwrap_err().kind(), ErrorKind::Fenced);
        assert_eq!((reader.borrow().unwrap().step, grid.borrow().unwrap().step), (1, 2));
        drop(reader);
    });
}
