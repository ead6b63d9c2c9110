//! Owners: their values, and how ownership moves.

use crate::places::{Grid, Moody, elsewhere, everywhere};
use ref_core::{ErrorKind, Ownership, Ref, StoreOptions, Ticket};
use std::time::Duration;

#[test]
fn an_owner_reads_and_changes_its_value_as_any_other() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        assert!(grid.is_loaded());
        grid.borrow_mut().unwrap().step += 1;
        let (a, b) = (grid.borrow().unwrap(), grid.borrow().unwrap());
        assert_eq!((a.step, b.step), (2, 2));
        assert_eq!(grid.into_inner().unwrap(), Grid::at(2));
    });
}

#[test]
fn a_borrow_is_iterated_and_compared_as_its_value_is() {
    everywhere(|place| {
        let mut words = place.lender.put(vec![String::from("one"), String::from("two")]).unwrap();
        for word in words.borrow_mut().unwrap() {
            word.push('!');
        }
        let mut seen = Vec::new();
        for word in words.borrow().unwrap() {
            seen.push(word.clone());
        }
        assert!(words.borrow().unwrap() == seen && words.borrow_mut().unwrap() == ["one!", "two!"]);
        let mut all = words.borrow_mut().unwrap();
        for word in &mut all {
            word.make_ascii_uppercase();
        }
        let letters: usize = (&all).into_iter().map(String::len).sum();
        assert_eq!(letters, 8);
        let whole = words.borrow().unwrap();
        let first = Ref::map(Ref::clone(&whole), |words| words[0].as_str());
        assert!(first == *"ONE!" && *first == *whole[0]);
        for word in &whole {
            assert_eq!(word.len(), 4);
        }
        let copied: Vec<String> = whole.clone();
        assert_eq!(words.into_inner().unwrap(), copied);
    });
}

#[test]
fn a_value_that_is_refused_comes_back() {
    everywhere(|place| {
        let refused = place.lender.put_or_return(Grid::too_large()).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::TooLarge);
        assert_eq!(refused.handle, Grid::too_large());
        assert!(refused.error.to_string().contains("max_object_bytes"), "{}", refused.error);
    });
}

#[test]
fn ownership_moves_with_the_last_change() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        grid.borrow_mut().unwrap().step = 5;
        let (id, line) = (grid.id(), grid.into_ticket().unwrap().to_text());

        let ticket: Ticket<Grid, Ownership> = line.parse().unwrap();
        let mut claimed = place.borrower.claim(ticket).unwrap();
        assert_eq!((claimed.id(), claimed.is_loaded()), (id, false));
        assert_eq!(claimed.borrow().unwrap().step, 5);
        assert!(claimed.is_loaded());
        claimed.borrow_mut().unwrap().step = 6;

        let back = place.lender.claim(claimed.into_ticket().unwrap()).unwrap();
        assert_eq!(back.into_inner().unwrap().step, 6);
    });
}

#[test]
fn a_claimed_object_is_changed_without_reading_it_first() {
    everywhere(|place| {
        let ticket = place.lender.put(Grid::at(1)).unwrap().into_ticket().unwrap();
        let mut claimed = place.borrower.claim(ticket).unwrap();
        claimed.borrow_mut().unwrap().step += 1;
        claimed.flush().unwrap();
        let loan = claimed.lend().unwrap();
        let lease = place.lender.redeem(loan.ticket().unwrap()).unwrap();
        assert_eq!(lease.borrow().unwrap().step, 2);
    });
}

#[test]
fn a_claimed_object_is_passed_on_unread() {
    everywhere(|place| {
        let ticket = place.lender.put(Grid::at(3)).unwrap().into_ticket().unwrap();
        let claimed = place.borrower.claim(ticket).unwrap();
        let ticket = claimed.lend().unwrap().ticket().unwrap();
        let refused = place.lender.redeem(ticket).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Expired, "the loan was a temporary");
        let loan = claimed.lend().unwrap();
        assert_eq!(place.lender.redeem(loan.ticket().unwrap()).unwrap().borrow().unwrap().step, 3);
        drop(loan);
        assert!(!claimed.is_loaded());
        let ticket = claimed.into_ticket().unwrap();
        assert_eq!(place.lender.claim(ticket).unwrap().into_inner().unwrap(), Grid::at(3));
    });
}

#[test]
fn an_ownership_ticket_is_claimed_once() {
    everywhere(|place| {
        let line = place.lender.put(Grid::at(1)).unwrap().into_ticket().unwrap().to_text();
        let owner = place.borrower.claim::<Grid>(line.parse().unwrap()).unwrap();
        let refused = place.lender.claim_or_return::<Grid>(line.parse().unwrap()).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::AlreadyRedeemed);
        assert_eq!(refused.handle.id(), owner.id());
        assert_eq!(owner.borrow().unwrap().step, 1);

        drop(owner);
        let gone = place.lender.claim::<Grid>(line.parse().unwrap()).unwrap_err();
        assert_eq!(gone.kind(), ErrorKind::Gone);
        assert!(gone.to_string().contains("its ticket was claimed before"), "{gone}");
    });
}

#[test]
fn what_is_borrowed_is_neither_sent_nor_taken_out() {
    everywhere(|place| {
        let grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend().unwrap();
        let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        drop(loan);

        let refused = grid.into_ticket_or_return().unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Conflict);
        let refused = refused.handle.into_inner_or_return().unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Conflict);
        let at = refused.error.conflict().unwrap().holders[0].at.clone().unwrap();
        assert!(at.contains("owner.rs"), "it names the line that took the borrow: {at}");

        let mut grid = refused.handle;
        assert_eq!(grid.borrow_mut().unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(grid.borrow().unwrap().step, 1, "reading beside a reader is fine");
        lease.release().unwrap();
        grid.borrow_mut().unwrap().step = 2;
        assert_eq!(grid.into_inner().unwrap().step, 2);
    });
}

#[test]
fn the_object_goes_with_its_owner() {
    everywhere(|place| {
        let grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend().unwrap();
        let ticket = loan.ticket().unwrap();
        let reader = place.borrower.redeem(ticket.clone()).unwrap();
        drop(loan);
        grid.remove().unwrap();
        assert_eq!(reader.borrow().unwrap().step, 1, "a borrower reads on");
        assert_eq!(place.borrower.redeem(ticket).unwrap_err().kind(), ErrorKind::Gone);
        assert!(!reader.is_current().unwrap() || reader.release().is_ok());
    });
}

#[test]
fn a_dropped_owner_evicts_too() {
    everywhere(|place| {
        let grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend().unwrap();
        let ticket = loan.ticket().unwrap();
        std::mem::forget(loan);
        drop(grid);
        assert_eq!(place.borrower.redeem(ticket).unwrap_err().kind(), ErrorKind::Gone);
    });
}

#[test]
fn a_change_that_cannot_be_written_stays_with_its_owner() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        *grid.borrow_mut().unwrap() = Grid::too_large();
        assert_eq!(grid.flush().unwrap_err().kind(), ErrorKind::TooLarge);
        assert_eq!(grid.lend().unwrap_err().kind(), ErrorKind::TooLarge);
        assert_eq!(grid.lend_mut().unwrap_err().kind(), ErrorKind::TooLarge);
        let refused = grid.into_ticket_or_return().unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::TooLarge);
        let mut grid = refused.handle;
        grid.borrow_mut().unwrap().cells.truncate(4);
        let ticket = grid.into_ticket().unwrap();
        assert_eq!(place.borrower.claim(ticket).unwrap().into_inner().unwrap(), Grid::at(1));
    });
}

#[test]
fn every_write_of_an_owner_follows_the_one_before() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        for step in 2..5 {
            grid.borrow_mut().unwrap().step = step;
            grid.flush().unwrap();
            grid.flush().unwrap();
        }
        let ended = grid.lend_mut().unwrap().end().unwrap();
        assert_eq!(ended.committed, None, "its own writes are no borrower's");
        assert_eq!(grid.borrow().unwrap().step, 4);
    });
}

#[test]
fn what_was_written_is_not_written_again() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        grid.borrow_mut().unwrap().step = 2;
        let mut version = || {
            grid.flush().unwrap();
            let loan = grid.lend().unwrap();
            let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
            let told = format!("{lease:?}");
            assert!(told.contains("version"), "{told}");
            told
        };
        assert_eq!(version(), version());
    });
}

#[test]
fn an_owner_that_cannot_read_stays_the_owner_and_may_try_again() {
    everywhere(|place| {
        let mut moody = place.lender.put(Moody(1)).unwrap();
        let loan = moody.lend_mut().unwrap();
        let mut lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        lease.borrow_mut().unwrap().0 = Moody::BAD;
        lease.commit().unwrap();
        assert!(loan.end().unwrap().committed.is_some());

        for _ in 0..2 {
            assert_eq!(moody.borrow().unwrap_err().kind(), ErrorKind::Decode);
            assert_eq!(moody.borrow_mut().unwrap_err().kind(), ErrorKind::Decode);
        }
        let refused = moody.into_inner_or_return().unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Decode);
        refused.handle.remove().unwrap();
    });
}

#[test]
fn options_that_make_no_sense_are_refused() {
    for (options, word) in [
        (StoreOptions::new().max_objects(0), "max_objects"),
        (StoreOptions::new().max_sessions(0), "max_sessions"),
        (StoreOptions::new().max_object_bytes(usize::MAX), "max_object_bytes"),
        (StoreOptions::new().max_object_bytes(0), "max_object_bytes"),
        (StoreOptions::new().max_bytes(0), "max_bytes"),
        (StoreOptions::new().ticket_timeout(Duration::ZERO), "ticket_timeout"),
        (StoreOptions::new().server_timeout(Duration::ZERO), "server_timeout"),
        (StoreOptions::new().session_timeout(Duration::ZERO), "session_timeout"),
    ] {
        let error = options.open("memory:").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn a_ticket_without_a_timeout_outlives_its_sender_and_every_look_for_late_ones() {
    everywhere(|place| {
        let sender = StoreOptions::new().ticket_timeout(None).open(&place.address).unwrap();
        let ticket = sender.put(Grid::at(3)).unwrap().into_ticket().unwrap();
        drop(sender);
        place.lender.reap().unwrap();
        assert_eq!(place.borrower.claim(ticket).unwrap().into_inner().unwrap().step, 3);
    });
}

/// An object that was detached once is detached when its ticket expires. The ticket is told as expired then, also when
/// the object has another owner.
#[test]
fn a_ticket_of_a_lasting_object_that_has_expired_is_told_as_one() {
    everywhere(|place| {
        let sender = StoreOptions::new().ticket_timeout(Duration::from_millis(1)).open(&place.address).unwrap();
        let key = sender.put(Grid::at(3)).unwrap().detach().unwrap();
        let line = sender.adopt(key.clone()).unwrap().into_ticket().unwrap().to_text();
        while place.borrower.get(&key).is_err() {
            place.borrower.reap().unwrap();
        }
        let claim = || place.borrower.claim::<Grid>(line.parse().unwrap()).unwrap_err().kind();
        assert_eq!(claim(), ErrorKind::Expired);
        let owned = place.lender.adopt(key).unwrap();
        assert_eq!(claim(), ErrorKind::Expired);
        let ticket = owned.into_ticket().unwrap();
        assert_ne!(claim(), ErrorKind::Gone);
        assert_eq!(place.borrower.claim(ticket).unwrap().into_inner().unwrap().step, 3);
    });
}

#[test]
fn a_ticket_read_as_another_build_s_type_is_a_schema_mismatch() {
    everywhere(|place| {
        let line = place.lender.put(Grid::at(1)).unwrap().into_ticket().unwrap().to_text();
        let error = line.parse::<Ticket<elsewhere::Grid, Ownership>>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
        assert!(place.borrower.claim::<Grid>(line.parse().unwrap()).is_ok(), "the right was not used up");
    });
}
