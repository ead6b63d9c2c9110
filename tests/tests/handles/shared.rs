//! Shared loans.

use crate::places::{Grid, everywhere};
use ref_core::{ErrorKind, LoanEndCause, Shared, Ticket};
use ref_tests::spawn_asleep;
use std::time::Duration;

#[test]
fn many_read_what_the_owner_changed_last() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        grid.borrow_mut().unwrap().step = 2;
        let loan = grid.lend().unwrap();
        let ticket = loan.ticket().unwrap();
        let leases = [(); 3].map(|()| place.borrower.redeem(ticket.clone()).unwrap());
        let own = place.lender.redeem(ticket).unwrap();
        assert!(leases.iter().chain([&own]).all(|lease| lease.borrow().unwrap().step == 2));
        assert_eq!(grid.borrow().unwrap().step, 2, "the owner reads beside them");
        assert!(own.is_current().unwrap());
        drop((leases, own));
        assert_eq!(loan.end().unwrap().cause, LoanEndCause::Returned);
        grid.borrow_mut().unwrap().step = 3;
    });
}

#[test]
fn a_session_holds_until_its_last_lease_is_gone() {
    everywhere(|place| {
        let grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend().unwrap();
        let ticket = loan.ticket().unwrap();
        let (first, second) = (place.borrower.redeem(ticket.clone()).unwrap(), place.borrower.redeem(ticket).unwrap());
        first.release().unwrap();
        let refused = loan.end_timeout_or_return(Duration::ZERO).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Timeout);
        assert_eq!(refused.error.conflict().unwrap().holders.len(), 1);
        second.release().unwrap();
        let _how_it_ended = refused.handle.end_timeout(Duration::ZERO).unwrap();
    });
}

#[test]
fn a_closed_loan_s_ticket_has_expired() {
    everywhere(|place| {
        let grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend().unwrap();
        let ticket = loan.ticket().unwrap();
        let _how_it_ended = loan.end().unwrap();
        let refused = place.borrower.redeem_or_return(ticket).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Expired);
        let loan = grid.lend().unwrap();
        let again = place.borrower.redeem(refused.handle).unwrap_err();
        assert_eq!(again.kind(), ErrorKind::Expired, "the next loan does not revive it");
        drop(loan);
    });
}

#[test]
fn a_loan_that_could_not_be_ended_makes_no_more_tickets() {
    everywhere(|place| {
        let grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend().unwrap();
        let ticket = loan.ticket().unwrap();
        let lease = place.borrower.redeem(ticket.clone()).unwrap();
        let loan = loan.end_timeout_or_return(Duration::ZERO).unwrap_err().handle;
        assert_eq!(loan.ticket().unwrap_err().kind(), ErrorKind::Expired);
        assert_eq!(place.borrower.redeem(ticket).unwrap_err().kind(), ErrorKind::Expired);

        let next = grid.lend().unwrap();
        assert_eq!(loan.ticket().unwrap_err().kind(), ErrorKind::Expired, "it is another loan");
        let second = place.borrower.redeem(next.ticket().unwrap()).unwrap();
        assert_eq!(loan.end().unwrap().cause, LoanEndCause::OthersRemain(1));
        drop((lease, second));
        assert_eq!(next.end().unwrap().cause, LoanEndCause::Returned);
    });
}

#[test]
fn overlapping_loans_are_one_and_the_last_handle_closes_it() {
    everywhere(|place| {
        let grid = place.lender.put(Grid::at(1)).unwrap();
        let (a, b, c) = (grid.lend().unwrap(), grid.lend().unwrap(), grid.lend().unwrap());
        let ticket = a.ticket().unwrap();
        let lease = place.borrower.redeem(ticket.clone()).unwrap();
        let ended = a.end().unwrap();
        assert_eq!(ended.cause, LoanEndCause::OthersRemain(2));
        assert_eq!(ended.to_string(), "still lent by 2 other loans");

        let refused = b.revoke_or_return().unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Conflict);
        assert!(refused.error.to_string().contains("overlapping"), "{}", refused.error);
        drop(refused.handle);
        assert!(place.borrower.redeem(ticket.clone()).is_ok(), "the loan is open while one handle is");

        let refused = c.end_timeout_or_return(Duration::ZERO).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Timeout);
        drop(lease);
        assert_eq!(refused.handle.end().unwrap().cause, LoanEndCause::Returned);
        assert_eq!(place.borrower.redeem(ticket).unwrap_err().kind(), ErrorKind::Expired);
    });
}

#[test]
fn a_dropped_loan_that_is_still_held_does_not_count_as_another_handle() {
    everywhere(|place| {
        let grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend().unwrap();
        let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        drop(loan);
        let next = grid.lend().unwrap();
        drop(lease);
        assert_eq!(next.end().unwrap().cause, LoanEndCause::Returned);
    });
}

#[test]
fn ending_waits_for_the_readers_and_no_longer() {
    everywhere(|place| {
        let grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend().unwrap();
        let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        std::thread::scope(|scope| {
            let ending = spawn_asleep(scope, || loan.end().unwrap().cause);
            assert!(!ending.is_finished());
            drop(lease);
            assert_eq!(ending.join().unwrap(), LoanEndCause::Returned, "and no timeout");
        });
    });
}

#[test]
fn an_owner_reads_while_another_thread_ends_the_loan() {
    everywhere(|place| {
        let grid = place.lender.put(Grid::at(1)).unwrap().into_ticket().unwrap();
        let grid = place.lender.claim(grid).unwrap(); // not loaded: reading needs the owner's record
        let loan = grid.lend().unwrap();
        let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        std::thread::scope(|scope| {
            let ending = spawn_asleep(scope, || loan.end().unwrap().cause);
            assert_eq!(grid.borrow().unwrap().step, 1);
            assert!(!ending.is_finished());
            drop(lease);
            assert_eq!(ending.join().unwrap(), LoanEndCause::Returned);
        });
    });
}

#[test]
fn a_revoked_reader_reads_on_and_the_owner_goes_on() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend().unwrap();
        let ticket = loan.ticket().unwrap();
        let lease = place.borrower.redeem(ticket.clone()).unwrap();
        let read = place.borrower.redeem(ticket).unwrap();
        assert_eq!(read.borrow().unwrap().step, 1);
        assert_eq!(loan.revoke().unwrap().cause, LoanEndCause::Revoked);

        grid.borrow_mut().unwrap().step = 2;
        grid.flush().unwrap();
        let loan = grid.lend_mut().unwrap();
        let mut writer = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        writer.borrow_mut().unwrap().step = 3;
        writer.commit().unwrap();
        let _how_it_ended = loan.end().unwrap();

        assert_eq!(grid.borrow().unwrap().step, 3);
        assert_eq!(read.borrow().unwrap().step, 1, "what was read stays");
        assert_eq!(lease.borrow().unwrap().step, 1, "what is read late is the same version");
        assert!(!lease.is_current().unwrap());
        assert!(lease.release().is_ok() && read.release().is_ok());
        assert_eq!(grid.into_inner().unwrap().step, 3);
    });
}

/// A session may borrow an object again while it has a lease of a revoked loan.
#[test]
fn a_borrow_beside_a_revoked_lease_ends_by_itself() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let revoked = {
            let loan = grid.lend().unwrap();
            let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
            let _how_it_ended = loan.revoke().unwrap();
            lease
        };
        let loan = grid.lend().unwrap();
        place.borrower.redeem(loan.ticket().unwrap()).unwrap().release().unwrap();
        let _how_it_ended = loan.end_timeout(Duration::ZERO).unwrap();
        grid.borrow_mut().unwrap().step = 2;
        let key = grid.detach().unwrap();
        assert_eq!(place.borrower.get(&key).unwrap().step, 2);
        let grid = place.lender.adopt(key).unwrap();

        // The revoked lease ends by itself, too: the later borrow stays.
        let loan = grid.lend().unwrap();
        let later = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        assert_eq!(revoked.borrow().unwrap().step, 1, "what is read late is the version of its own loan");
        revoked.release().unwrap();
        let refused = loan.end_timeout_or_return(Duration::ZERO).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Timeout);
        assert_eq!(later.borrow().unwrap().step, 2);
        later.release().unwrap();
        let _how_it_ended = refused.handle.end_timeout(Duration::ZERO).unwrap();
    });
}

/// A session may have a borrow of each of two loans, of which one was closing when the other began.
#[test]
fn a_closing_loan_and_the_next_are_given_back_one_by_one() {
    everywhere(|place| {
        let grid = place.lender.put(Grid::at(1)).unwrap();
        let closing = grid.lend().unwrap();
        let first = place.borrower.redeem(closing.ticket().unwrap()).unwrap();
        let refused = closing.end_timeout_or_return(Duration::ZERO).unwrap_err();
        drop(refused.handle);
        let loan = grid.lend().unwrap();
        let second = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        let refused = loan.end_timeout_or_return(Duration::ZERO).unwrap_err();
        assert_eq!(refused.error.conflict().unwrap().holders.len(), 1, "a session is named once");
        second.release().unwrap();
        let refused = refused.handle.end_timeout_or_return(Duration::ZERO).unwrap_err();
        assert_eq!(refused.error.conflict().unwrap().holders.len(), 1);
        assert_eq!(first.borrow().unwrap().step, 1);
        first.release().unwrap();
        let _how_it_ended = refused.handle.end_timeout(Duration::ZERO).unwrap();
    });
}

#[test]
fn a_shared_ticket_travels_as_text_any_number_of_times() {
    everywhere(|place| {
        let grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend().unwrap();
        let line = loan.ticket().unwrap().to_text();
        for _ in 0..3 {
            let ticket: Ticket<Grid, Shared> = line.parse().unwrap();
            assert_eq!(place.borrower.redeem(ticket).unwrap().borrow().unwrap().step, 1);
        }
        let _how_it_ended = loan.end_timeout(Duration::ZERO).unwrap();
    });
}
