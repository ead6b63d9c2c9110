//! The owners of an argument, in the worker, until the function gets them.

use super::cache::Stores;
use crate::backend::Caller;
use crate::error::Result;
use crate::remote::protocol::owners::{AnyOwner, Apart, Owners, SentBack, VisitOwner};
use crate::remote::protocol::passed::{NumberedTicket, StoreAddress, wrong_arguments};
use crate::remote::protocol::ticket::claim;
use crate::stored::Stored;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// The owners that were claimed for a function that was not called, each with a ticket by which the caller gets the
/// owner back. The list is in an `Rc`, since each [`OwnedArgument`] adds to the list in its destructor.
pub(super) type UnusedOwners = Rc<RefCell<Vec<SentBack>>>;

/// The owners of a parameter: `O` is the parameter's type. If the argument is dropped before the function gets the
/// owners, the drop makes a ticket of each, with which the caller gets the owner back. If no ticket can be made, the
/// object is removed.
pub struct OwnedArgument<O> {
    nth: usize,
    apart: Apart,
    back: UnusedOwners,
    /// [`Owners::put_together`]. Because of this function pointer, no method needs a bound on `O`. The bound would
    /// cause a second error for a type that is not stored.
    put_together: fn(&mut Apart) -> Result<O>,
}

impl<O> OwnedArgument<O> {
    pub(super) fn new(nth: usize, lengths: VecDeque<usize>, back: &UnusedOwners) -> Self
    where
        O: Owners,
    {
        let apart = Apart { lengths, owners: VecDeque::new() };
        Self { nth, apart, back: Rc::clone(back), put_together: O::put_together }
    }

    /// Claims the objects of the tickets. If one cannot be claimed, the drop of the argument sends those before it
    /// back.
    ///
    /// # Errors
    /// The error of the first claim that fails, which names the index of the owner.
    pub(super) fn claim(
        &mut self,
        tickets: Vec<NumberedTicket>,
        sessions: &mut Stores,
        addresses: &[StoreAddress],
        at: Caller,
    ) -> Result<()>
    where
        O: Owners,
    {
        let (tickets, owners) = (tickets.into_iter(), &mut self.apart.owners);
        let mut claims = Claims { tickets, sessions, addresses, owners, at };
        O::visit(&mut self.apart.lengths.clone(), &mut claims)?;
        if claims.tickets.next().is_none() { Ok(()) } else { Err(wrong_arguments()) }
    }

    /// Takes the owners out for the function.
    pub(in crate::remote) fn into_owned(mut self) -> Result<O> {
        (self.put_together)(&mut std::mem::take(&mut self.apart))
    }
}

/// Claims the object of each ticket.
struct Claims<'c> {
    tickets: std::vec::IntoIter<NumberedTicket>,
    sessions: &'c mut Stores,
    addresses: &'c [StoreAddress],
    owners: &'c mut VecDeque<Option<Box<dyn AnyOwner>>>,
    at: Caller,
}

impl VisitOwner for Claims<'_> {
    fn owner<T: Stored + Send + Sync>(&mut self) -> Result<()> {
        let ticket = self.tickets.next().ok_or_else(wrong_arguments)?;
        let address = ticket.address(self.addresses)?;
        let at = self.at;
        let owned = self.sessions.with(address, |store| claim::<T>(store, &ticket.ticket, at))?;
        self.owners.push_back(Some(Box::new(owned)));
        Ok(())
    }
}

impl<O> Drop for OwnedArgument<O> {
    fn drop(&mut self) {
        let argument = self.nth;
        let unused = self.apart.owners.drain(..).flatten().enumerate();
        // If no ticket can be made, the object is removed. The caller cannot claim the object again, and the call's
        // error says so.
        let sent =
            unused.filter_map(|(owner, unused)| Some(SentBack { argument, owner, ticket: unused.send().ok()?.text() }));
        self.back.borrow_mut().extend(sent);
    }
}
