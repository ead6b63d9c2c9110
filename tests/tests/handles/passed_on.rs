//! What `?` passes on: a plain error in which no handle is alive, whatever kind of error the function returns.

use crate::places::{Grid, Place, everywhere};
use ref_core::access::AccessKind;
use ref_core::{Error, ErrorKind, Exclusive, Key, Lease, Loan, Owned, OwnedLoan, Ownership, Shared, Store, Ticket};
use std::error::Error as StdError;
use std::time::Duration;

/// A program's own error.
#[derive(Debug, thiserror::Error)]
enum Own {
    #[error("the store has refused")]
    Store(#[from] Error),
    #[error("the number is none")]
    Number(#[from] std::num::ParseIntError),
}

/// An error type that contains an error of this crate.
trait Passed {
    /// Returns the error of this crate, from the type's own field.
    fn found(&self) -> &Error;
    /// Returns the first error of this crate in the chain of causes, which begins with the error itself.
    fn in_chain(&self) -> &Error;
}

fn first<'e>(error: &'e (dyn StdError + 'static)) -> &'e Error {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref()).unwrap()
}

impl Passed for anyhow::Error {
    fn found(&self) -> &Error {
        self.downcast_ref().unwrap()
    }

    fn in_chain(&self) -> &Error {
        self.chain().find_map(|error| error.downcast_ref()).unwrap()
    }
}

impl Passed for eyre::Report {
    fn found(&self) -> &Error {
        self.downcast_ref().unwrap()
    }

    fn in_chain(&self) -> &Error {
        self.chain().find_map(|error| error.downcast_ref()).unwrap()
    }
}

impl Passed for Box<dyn StdError> {
    fn found(&self) -> &Error {
        self.downcast_ref().unwrap()
    }

    fn in_chain(&self) -> &Error {
        first(&**self)
    }
}

impl Passed for Box<dyn StdError + Send + Sync> {
    fn found(&self) -> &Error {
        self.downcast_ref().unwrap()
    }

    fn in_chain(&self) -> &Error {
        first(&**self)
    }
}

impl Passed for Own {
    fn found(&self) -> &Error {
        match self {
            Self::Store(error) => error,
            Self::Number(_) => unreachable!("no number was read"),
        }
    }

    fn in_chain(&self) -> &Error {
        first(self)
    }
}

/// Makes the call sites of a program whose functions return the error type `$error`, and the test of them.
macro_rules! call_sites {
    ($name:ident, $error:ty) => {
        mod $name {
            use super::*;

            type Result<T> = std::result::Result<T, $error>;

            fn put(store: &Store, value: Grid) -> Result<Owned<Grid>> {
                Ok(store.put(value)?)
            }

            fn commit(mut lease: Lease<Grid, Exclusive>) -> Result<u64> {
                *lease.borrow_mut()? = Grid::too_large();
                Ok(lease.commit()?.get())
            }

            fn into_ticket(owned: Owned<Grid>) -> Result<String> {
                Ok(owned.into_ticket()?.to_text())
            }

            fn detach(owned: Owned<Grid>) -> Result<String> {
                Ok(owned.detach()?.to_text())
            }

            fn into_inner(owned: Owned<Grid>) -> Result<u64> {
                Ok(owned.into_inner()?.step)
            }

            fn into_loan_mut(owned: Owned<Grid>) -> Result<OwnedLoan<Grid, Exclusive>> {
                Ok(owned.into_loan_mut()?)
            }

            fn into_loan(mut owned: Owned<Grid>) -> Result<OwnedLoan<Grid, Shared>> {
                *owned.borrow_mut()? = Grid::too_large();
                Ok(owned.into_loan()?)
            }

            fn transition(owned: Owned<Grid>) -> Result<Owned<String>> {
                Ok(owned.transition(|grid| "x".repeat(1 << (16 + grid.step)))?)
            }

            fn claim(store: &Store, ticket: Ticket<Grid, Ownership>) -> Result<Owned<Grid>> {
                Ok(store.claim(ticket)?)
            }

            fn redeem(store: &Store, ticket: Ticket<Grid, Shared>) -> Result<u64> {
                Ok(store.redeem(ticket)?.borrow()?.step)
            }

            fn adopt(store: &Store, key: Key<Grid>) -> Result<Owned<Grid>> {
                Ok(store.adopt(key)?)
            }

            fn end(loan: Loan<'_, Grid, Shared>) -> Result<bool> {
                Ok(loan.end_timeout(Duration::ZERO)?.committed.is_some())
            }

            fn wait(loan: &Loan<'_, Grid, Shared>) -> Result<()> {
                loan.wait(Duration::ZERO)?;
                Ok(())
            }

            fn revoke(loan: Loan<'_, Grid, Shared>) -> Result<bool> {
                Ok(loan.revoke()?.committed.is_some())
            }

            fn end_owned(loan: OwnedLoan<Grid, Exclusive>) -> Result<Owned<Grid>> {
                let (owned, _ended) = loan.end_timeout(Duration::ZERO)?;
                Ok(owned)
            }

            /// Makes calls of which none is refused.
            fn all(store: &Store) -> Result<u64> {
                let mut grid = store.claim(store.put(Grid::at(1))?.into_ticket()?)?;
                let loan = grid.lend_mut()?;
                let mut lease = store.redeem(loan.ticket()?)?;
                lease.borrow_mut()?.step += 1;
                lease.commit()?;
                let _how_it_ended = loan.end()?;
                let (grid, _ended) = grid.into_loan()?.end()?;
                let grid = store.adopt(grid.detach()?)?;
                Ok(grid.into_inner()?.step)
            }

            /// Checks the refusal's kind, and calls `and` while the error is alive: `and` checks that the error holds
            /// nothing.
            #[track_caller]
            fn refused<T>(asked: Result<T>, kind: ErrorKind, and: impl FnOnce()) {
                let error = asked.map(drop).unwrap_err();
                assert_eq!((error.found().kind(), error.in_chain().kind()), (kind, kind));
                and();
                drop(error);
            }

            fn of_owners(place: &Place) {
                let empty = || assert_eq!(place.lender.stats().unwrap().objects, 0, "it was dropped with its owner");
                refused(put(&place.lender, Grid::too_large()), ErrorKind::TooLarge, empty);
                refused(transition(place.lender.put(Grid::at(1)).unwrap()), ErrorKind::TooLarge, empty);
                refused(into_loan(place.lender.put(Grid::at(1)).unwrap()), ErrorKind::TooLarge, empty);
                // An object that a reader holds can neither be sent nor taken out.
                let read = || {
                    let owned = place.lender.put(Grid::at(1)).unwrap();
                    let loan = owned.lend().unwrap();
                    let reader = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
                    drop(loan);
                    (owned, reader)
                };
                let (owned, reader) = read();
                refused(into_ticket(owned), ErrorKind::Conflict, || drop(reader));
                let (owned, reader) = read();
                refused(detach(owned), ErrorKind::Conflict, || drop(reader));
                let (owned, reader) = read();
                refused(into_inner(owned), ErrorKind::Conflict, || drop(reader));
                let (owned, reader) = read();
                refused(into_loan_mut(owned), ErrorKind::Conflict, || drop(reader));
                empty();
            }

            fn of_names(place: &Place) {
                let line = place.lender.put(Grid::at(1)).unwrap().into_ticket().unwrap().to_text();
                let owned = claim(&place.borrower, line.parse().unwrap()).unwrap();
                refused(claim(&place.lender, line.parse().unwrap()), ErrorKind::AlreadyRedeemed, || ());
                let ticket = owned.lend().unwrap().ticket().unwrap();
                refused(redeem(&place.lender, ticket), ErrorKind::Expired, || ());
                let key = owned.detach().unwrap();
                let _owned = adopt(&place.lender, key.clone()).unwrap();
                refused(adopt(&place.borrower, key), ErrorKind::Conflict, || ());
            }

            fn of_loans(place: &Place) {
                let mut owned = place.lender.put(Grid::at(1)).unwrap();
                let loan = owned.lend_mut().unwrap();
                let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
                refused(commit(lease), ErrorKind::TooLarge, || {
                    // Another session can borrow the object while the error lives.
                    let again = place.open().redeem(loan.reissue().unwrap()).unwrap();
                    assert_eq!(*again.borrow().unwrap(), Grid::at(1));
                    again.commit().unwrap();
                    let _how_it_ended = loan.end_timeout(Duration::ZERO).unwrap();
                });
                let loan = owned.lend().unwrap();
                let reader = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
                refused(wait(&loan), ErrorKind::Timeout, || ());
                refused(end(loan), ErrorKind::Timeout, || drop(reader));
                assert_eq!(owned.end_loan(Duration::ZERO).unwrap().map(|ended| ended.committed), Some(None));
                let (one, other) = (owned.lend().unwrap(), owned.lend().unwrap());
                refused(revoke(one), ErrorKind::Conflict, || ());
                let _how_it_ended = other.end_timeout(Duration::ZERO).unwrap();
                assert_eq!(owned.lent_as(), None::<AccessKind>);
            }

            fn of_long_loans(place: &Place) {
                let loan = place.lender.put(Grid::at(1)).unwrap().into_loan_mut().unwrap();
                let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
                let error = end_owned(loan).map(drop).unwrap_err();
                assert_eq!(error.found().kind(), ErrorKind::Timeout);
                let key: Key<Grid> = error.in_chain().key().unwrap().parse().unwrap();
                assert_eq!(adopt(&place.borrower, key).unwrap().into_inner().unwrap(), Grid::at(1));
                drop(lease);
            }

            #[test]
            fn no_handle_is_alive_in_what_is_passed_on() {
                everywhere(|place| {
                    assert_eq!(all(&place.lender).unwrap(), 2);
                    of_owners(place);
                    of_names(place);
                    of_loans(place);
                    of_long_loans(place);
                    assert_eq!(place.lender.stats().unwrap().objects, 0);
                });
            }
        }
    };
}

call_sites!(with_anyhow, anyhow::Error);
call_sites!(with_eyre, eyre::Report);
call_sites!(with_a_box, Box<dyn StdError>);
call_sites!(with_a_box_for_threads, Box<dyn StdError + Send + Sync>);
call_sites!(with_an_enum, Own);

/// Lends a new object, and returns the loan and its borrower's lease.
fn lent(place: &Place) -> (OwnedLoan<Grid, Exclusive>, Lease<Grid, Exclusive>) {
    let loan = place.lender.put(Grid::at(1)).unwrap().into_loan_mut().unwrap();
    let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
    (loan, lease)
}

#[test]
fn a_time_out_that_is_passed_on_leaves_what_was_lent() {
    fn end<A>(loan: OwnedLoan<Grid, A>) -> anyhow::Result<Owned<Grid>> {
        Ok(loan.end_timeout(Duration::ZERO)?.0)
    }
    fn wait<A>(loan: OwnedLoan<Grid, A>) -> anyhow::Result<Owned<Grid>> {
        loan.wait(Duration::ZERO)?;
        Ok(loan.end()?.0)
    }
    fn adopted(place: &Place, error: &anyhow::Error) -> Grid {
        let error: &Error = error.downcast_ref().unwrap();
        let key = error.key().unwrap();
        assert!(error.to_string().contains(&format!("`adopt`, by its key `{key}`")), "{error}");
        place.open().adopt(key.parse::<Key<Grid>>().unwrap()).unwrap().into_inner().unwrap()
    }
    everywhere(|place| {
        for leave in [end, wait] {
            let (loan, mut lease) = lent(place);
            lease.borrow_mut().unwrap().step = 5;
            let error = leave(loan).unwrap_err();
            assert_eq!(place.lender.stats().unwrap().detached, 1);
            assert_eq!(adopted(place, &error), Grid::at(1), "it can be had while its borrower has not given up");
            assert!(lease.commit().is_err(), "the borrower was revoked");
        }
        for leave in [end, wait] {
            let loan = place.lender.put(Grid::at(2)).unwrap().into_loan().unwrap();
            let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
            let error = leave(loan).unwrap_err();
            assert_eq!(adopted(place, &error), Grid::at(2));
            assert_eq!(*lease.borrow().unwrap(), Grid::at(2), "a reader reads on");
        }
        assert_eq!(place.lender.stats().unwrap().objects, 0);
    });
}

#[test]
fn a_commit_that_comes_between_the_time_out_and_the_drop_is_kept() {
    everywhere(|place| {
        let (loan, mut lease) = lent(place);
        let late = loan.wait(Duration::ZERO).unwrap_err();
        assert_eq!((late.kind(), late.key()), (ErrorKind::Timeout, None), "it is not left behind yet");
        assert!(
            late.to_string().contains("end the loan again later") || late.to_string().contains("give the lease back")
        );
        lease.borrow_mut().unwrap().step = 5;
        lease.commit().unwrap();
        drop(loan);
        let key: Key<Grid> = late.key().unwrap().parse().unwrap();
        assert_eq!(place.borrower.get(&key).unwrap().step, 5);
        assert!(place.borrower.remove(&key).unwrap());
    });
}

#[test]
fn any_other_drop_of_an_owner_removes_its_object() {
    everywhere(|place| {
        let objects = || place.lender.stats().unwrap().objects;
        let (loan, lease) = lent(place);
        drop(loan);
        drop(lease);
        assert_eq!(objects(), 0, "nothing was late");

        let (loan, lease) = lent(place);
        let refused = loan.end_timeout_or_return(Duration::ZERO).unwrap_err();
        drop(lease);
        let (owned, _ended) = refused.handle.end().unwrap();
        assert_eq!((objects(), refused.error.key()), (1, None));
        drop(owned);
        assert_eq!((objects(), refused.error.key()), (0, None), "it has come back, and is dropped as any owner");

        let (loan, lease) = lent(place);
        loan.wait(Duration::ZERO).unwrap_err();
        let (owned, _revoked) = loan.revoke().unwrap();
        drop(owned);
        assert_eq!(objects(), 0, "it was taken back");
        drop(lease);

        // An error that leaves no object behind has no key.
        let refused = place.lender.put(Grid::too_large()).unwrap_err();
        assert_eq!(refused.key(), None);
    });
}

#[test]
fn a_loan_that_has_ended_is_ended_again_in_vain() {
    everywhere(|place| {
        let mut owned = place.lender.put(Grid::at(1)).unwrap();
        let loan = owned.lend_mut().unwrap();
        place.borrower.redeem(loan.ticket().unwrap()).unwrap().commit().unwrap();
        loan.wait(Duration::ZERO).unwrap();
        loan.wait(Duration::ZERO).unwrap();
        assert!(loan.end().unwrap().committed.is_some(), "what became of it is still known");

        // The handle of an ended loan does not end a later loan of the same owner.
        let first = owned.lend().unwrap();
        first.wait(Duration::ZERO).unwrap();
        let second = owned.lend().unwrap();
        let reader = place.borrower.redeem(second.ticket().unwrap()).unwrap();
        first.wait(Duration::ZERO).unwrap();
        let _how_it_ended = first.revoke().unwrap();
        assert!(second.ticket().is_ok());
        drop(reader);
        let _how_it_ended = second.end().unwrap();
    });
}

#[test]
fn two_threads_that_end_one_handle_end_one() {
    everywhere(|place| {
        let owned = place.lender.put(Grid::at(1)).unwrap();
        for _ in 0..50 {
            let (one, other) = (owned.lend().unwrap(), owned.lend().unwrap());
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| one.wait(Duration::ZERO).unwrap());
                }
            });
            assert!(other.ticket().is_ok(), "the other handle counts still");
            let _how_it_ended = other.end().unwrap();
        }
    });
}
