//! Typestates that are stored.

use crate::places::{Grid, Moody, everywhere};
use ref_core::{ErrorKind, Owned};

#[test]
fn an_object_changes_its_type_and_stays_the_same_object() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let id = grid.id();
        grid.borrow_mut().unwrap().step = 2;
        let text: Owned<String> = grid.transition(|grid| format!("step {}", grid.step)).unwrap();
        assert_eq!((text.id(), text.is_loaded()), (id, true));
        assert_eq!(*text.borrow().unwrap(), "step 2");

        let loan = text.lend().unwrap();
        let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        assert_eq!(*lease.borrow().unwrap(), "step 2", "others read the new type");
        drop(lease);
        let _how_it_ended = loan.end().unwrap();
        let number: Owned<u64> = text.transition(|text| text.len() as u64).unwrap();
        assert_eq!(number.into_inner().unwrap(), 6);
    });
}

#[test]
fn a_value_that_is_not_loaded_is_read_for_its_transition() {
    everywhere(|place| {
        let ticket = place.lender.put(Grid::at(3)).unwrap().into_ticket().unwrap();
        let claimed = place.borrower.claim(ticket).unwrap();
        let step = claimed.transition(|grid| grid.step).unwrap();
        assert_eq!(*step.borrow().unwrap(), 3);
    });
}

#[test]
fn what_is_borrowed_does_not_change_its_type() {
    everywhere(|place| {
        let grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend().unwrap();
        let ticket = loan.ticket().unwrap();
        let lease = place.borrower.redeem(ticket.clone()).unwrap();
        drop(loan);
        let refused = grid.transition_or_return(|grid| -> u64 { panic!("called with {grid:?}") }).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Conflict);
        let (grid, made) = refused.handle;
        assert_eq!(made, None);
        assert_eq!(grid.borrow().unwrap().step, 1);
        drop(lease);
        let step = grid.transition(|grid| grid.step).unwrap();
        assert_eq!(place.borrower.redeem(ticket).unwrap_err().kind(), ErrorKind::Expired);
        assert_eq!(*step.borrow().unwrap(), 1);
    });
}

#[test]
fn a_transition_that_cannot_be_written_loses_nothing() {
    everywhere(|place| {
        let mut text = place.lender.put(String::from("small")).unwrap();
        text.borrow_mut().unwrap().push_str(", and changed");
        let refused = text.transition_or_return(|_| Grid::too_large()).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::TooLarge);
        let (text, made) = refused.handle;
        assert_eq!(made, Some(Grid::too_large()), "what was made is not lost either");
        assert_eq!(*text.borrow().unwrap(), "small, and changed");
        let grid = text.transition(|text| Grid::at(text.len() as u64)).unwrap();
        assert_eq!(grid.into_inner().unwrap(), Grid::at(18));
    });
}

#[test]
fn a_change_that_cannot_be_written_prevents_the_transition() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        *grid.borrow_mut().unwrap() = Grid::too_large();
        let refused = grid.transition_or_return(|grid| grid.step).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::TooLarge);
        let (grid, made) = refused.handle;
        assert_eq!((grid.into_inner().unwrap(), made), (Grid::too_large(), None));
    });
}

#[test]
fn a_value_that_cannot_be_read_is_not_changed() {
    everywhere(|place| {
        let mut moody = place.lender.put(Moody(Moody::BAD)).unwrap();
        moody.unload().unwrap();
        let refused = moody.transition_or_return(|moody| moody.0).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Decode);
        refused.handle.0.remove().unwrap();
    });
}
