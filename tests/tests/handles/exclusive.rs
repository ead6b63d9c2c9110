//! Exclusive loans.

use crate::places::{Grid, everywhere};
use ref_core::{ErrorKind, FencingToken, LoanEndCause, Refused, Store};
use std::thread;
use std::time::Duration;

#[test]
fn a_borrower_s_commit_is_what_the_owner_reads_next() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        grid.borrow_mut().unwrap().step = 2;
        let loan = grid.lend_mut().unwrap();
        let mut lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        assert_eq!(lease.borrow().unwrap().step, 2);
        lease.borrow_mut().unwrap().step += 1;
        let token = lease.token();
        assert_eq!(lease.commit().unwrap(), token);
        let ended = loan.end().unwrap();
        assert_eq!((ended.committed, ended.cause), (Some(token), LoanEndCause::Returned));
        assert!(!grid.is_loaded());
        assert_eq!(grid.borrow().unwrap().step, 3);
        grid.borrow_mut().unwrap().step += 1;
        assert_eq!(grid.into_inner().unwrap().step, 4);
    });
}

#[test]
fn a_checkpoint_is_a_version_and_keeps_the_lease() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let mut lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        let mut token = lease.token();
        for step in 2..5 {
            lease.borrow_mut().unwrap().step = step;
            assert_eq!(lease.checkpoint().unwrap(), token);
            // Nothing was changed, so nothing is written.
            assert_eq!(lease.checkpoint().unwrap(), token);
            assert!(lease.token() > token && lease.is_current().unwrap());
            token = lease.token();
        }
        let before = lease.borrow_mut().map(|mut grid| std::mem::replace(&mut grid.step, 100)).unwrap();
        assert_eq!(before, 4);
        lease.release().unwrap();
        let ended = loan.end().unwrap();
        assert!(ended.committed.is_some_and(|committed| committed < token));
        assert_eq!(ended.cause, LoanEndCause::Returned);
        assert_eq!(grid.borrow().unwrap().step, 4);
        // A commit after a checkpoint has the next token. A lease that was revoked writes nothing more.
        for revokes in [false, true] {
            let loan = grid.lend_mut().unwrap();
            let mut lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
            lease.borrow_mut().unwrap().step += 1;
            let first = lease.checkpoint().unwrap();
            if revokes {
                assert_eq!(loan.revoke().unwrap().committed, Some(first));
                lease.borrow_mut().unwrap().step += 100;
                assert_eq!(lease.checkpoint().unwrap_err().kind(), ErrorKind::Fenced);
                drop(lease);
            } else {
                lease.borrow_mut().unwrap().step += 1;
                let last = lease.commit().unwrap();
                assert!(last > first);
                assert_eq!(loan.end().unwrap().committed, Some(last));
            }
        }
        assert_eq!(grid.borrow().unwrap().step, 7);
    });
}

#[test]
fn a_lease_that_is_not_committed_changes_nothing() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let mut lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        lease.borrow_mut().unwrap().step = 9;
        drop(lease);
        let ended = loan.end().unwrap();
        assert_eq!((ended.committed, ended.cause), (None, LoanEndCause::Returned));
        assert_eq!(grid.borrow().unwrap().step, 1);
    });
}

#[test]
fn a_ticket_that_nobody_redeemed_is_void_afterwards() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let ticket = loan.ticket().unwrap();
        let ended = loan.end_timeout(Duration::ZERO).unwrap();
        assert_eq!((ended.committed, ended.cause), (None, LoanEndCause::NeverRedeemed));
        assert_eq!(place.borrower.redeem(ticket).unwrap_err().kind(), ErrorKind::Expired);
        assert_eq!(grid.borrow().unwrap().step, 1);
    });
}

#[test]
fn an_exclusive_ticket_is_redeemed_once() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let line = loan.ticket().unwrap().to_text();
        let lease = place.borrower.redeem::<Grid, ref_core::Exclusive>(line.parse().unwrap()).unwrap();
        for session in [&place.borrower, &place.lender] {
            let refused = session.redeem::<Grid, ref_core::Exclusive>(line.parse().unwrap()).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::AlreadyRedeemed);
        }
        lease.release().unwrap();
        let refused = place.borrower.redeem::<Grid, ref_core::Exclusive>(line.parse().unwrap()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::AlreadyRedeemed, "given back is not unused");
    });
}

#[test]
fn tokens_rise_with_every_lease_and_name_the_version() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let mut tokens: Vec<FencingToken> = Vec::new();
        for _ in 0..3 {
            let loan = grid.lend_mut().unwrap();
            let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
            tokens.push(lease.token());
            assert_eq!(lease.commit().unwrap(), tokens[tokens.len() - 1]);
            assert_eq!(loan.end().unwrap().committed, tokens.last().copied());
        }
        assert!(tokens.is_sorted_by(|a, b| a < b), "{tokens:?}");
    });
}

#[test]
fn one_ticket_at_a_time_and_a_reissue_voids_the_one_before() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let first = loan.ticket().unwrap();
        let error = loan.ticket().unwrap_err();
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::TicketMade, false));
        assert!(error.to_string().contains("`reissue`"), "{error}");

        let second = loan.reissue().unwrap();
        let refused = place.borrower.redeem(first).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Expired);
        let lease = place.borrower.redeem(second).unwrap();
        assert_eq!(loan.reissue().unwrap_err().kind(), ErrorKind::Conflict, "it is held");
        drop(lease);

        let third = loan.reissue().unwrap();
        let mut lease = place.borrower.redeem(third).unwrap();
        lease.borrow_mut().unwrap().step = 2;
        lease.commit().unwrap();
        let _how_it_ended = loan.end().unwrap();
        assert_eq!(grid.borrow().unwrap().step, 2);
    });
}

#[test]
fn a_reissue_before_the_first_ticket_takes_its_place() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let ticket = loan.reissue().unwrap();
        assert_eq!(loan.ticket().unwrap_err().kind(), ErrorKind::TicketMade, "the first secret is void");
        assert!(place.borrower.redeem(ticket).is_ok());
    });
}

#[test]
fn a_revoked_writer_keeps_its_value_and_cannot_commit_it() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let mut lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        lease.borrow_mut().unwrap().step = 9;
        let Refused { error, handle: loan } = loan.end_timeout_or_return(Duration::from_millis(60)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.conflict().unwrap().holders[0].at.as_ref().unwrap().contains("exclusive.rs"));
        let ended = loan.revoke().unwrap();
        assert_eq!((ended.committed, ended.cause), (None, LoanEndCause::Revoked));

        grid.borrow_mut().unwrap().step += 1;
        let refused = lease.commit_or_return().unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Fenced);
        assert!(refused.error.to_string().contains("`commit_or_return` gives the value back"), "{}", refused.error);
        assert_eq!(refused.handle.borrow().unwrap().step, 9);
        refused.handle.release().unwrap();
        assert_eq!(grid.into_inner().unwrap().step, 2);
    });
}

#[test]
fn a_revocation_that_comes_after_the_commit_tells_of_it() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let mut lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        lease.borrow_mut().unwrap().step = 9;
        let token = lease.commit().unwrap();
        let ended = loan.revoke().unwrap();
        assert_eq!((ended.committed, ended.cause), (Some(token), LoanEndCause::Revoked));
        assert_eq!(grid.borrow().unwrap().step, 9);
    });
}

#[test]
fn a_commit_that_cannot_be_written_can_be_repeated() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let mut lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        *lease.borrow_mut().unwrap() = Grid::too_large();
        let refused = lease.commit_or_return().unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::TooLarge);
        let mut lease = refused.handle;
        *lease.borrow_mut().unwrap() = Grid::at(2);
        lease.commit().unwrap();
        let _how_it_ended = loan.end().unwrap();
        assert_eq!(grid.borrow().unwrap().step, 2);
    });
}

#[test]
fn a_writer_whose_owner_is_gone_keeps_its_value() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let mut lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        lease.borrow_mut().unwrap().step = 9;
        drop(loan);
        drop(grid);
        let refused = lease.commit_or_return().unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Gone);
        assert_eq!(refused.handle.borrow().unwrap().step, 9);
    });
}

#[test]
fn an_owner_waits_for_the_borrower_of_a_dropped_loan() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let mut lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        drop(loan);
        let error = grid.borrow().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert!(error.is_retryable());
        assert_eq!(grid.lend().unwrap_err().kind(), ErrorKind::Conflict);
        lease.borrow_mut().unwrap().step = 2;
        lease.commit().unwrap();
        assert_eq!(grid.borrow().unwrap().step, 2);
    });
}

/// If no ticket of a loan can be redeemed any more, the end of the loan returns at once, even without a deadline.
#[test]
fn a_ticket_that_cannot_come_is_not_waited_for() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        drop(loan.ticket().unwrap());
        assert_eq!(loan.end_timeout(Duration::MAX).unwrap().cause, LoanEndCause::NeverRedeemed);

        let loan = grid.lend_mut().unwrap();
        let (_void, again) = (loan.ticket().unwrap(), loan.reissue().unwrap());
        thread::scope(|threads| {
            threads.spawn(|| drop(again)); // perhaps while the loan is being ended
            assert_eq!(loan.end_timeout(Duration::MAX).unwrap().cause, LoanEndCause::NeverRedeemed);
        });

        let lent = grid.into_loan_mut().unwrap();
        let refused = Store::open("memory:").unwrap().redeem(lent.ticket().unwrap()); // `redeem` drops the ticket
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::WrongStore);
        let (grid, ended) = lent.end_timeout(Duration::MAX).unwrap();
        assert_eq!((ended.cause, grid.borrow().unwrap().step), (LoanEndCause::NeverRedeemed, 1));
    });
}

#[test]
fn a_ticket_in_another_thread_is_waited_for() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let ticket = loan.ticket().unwrap();
        thread::scope(|threads| {
            threads.spawn(|| {
                let mut lease = place.borrower.redeem(ticket).unwrap();
                lease.borrow_mut().unwrap().step = 2;
                lease.commit().unwrap();
            });
            assert!(loan.end_timeout(Duration::MAX).unwrap().committed.is_some());
        });
        assert_eq!(grid.borrow().unwrap().step, 2);
    });
}
