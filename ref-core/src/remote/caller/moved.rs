//! Owners that move to the worker: how they are sent, and how they come back from a call that fails.

use super::call::{PendingMove, SentArgument, UnsentArgument};
use super::effect::Effect;
use crate::backend::Caller;
use crate::codec::plain;
use crate::error::{Refused, Result};
use crate::remote::protocol::owners::{AnyOwner, AnyTicket, Apart, Owners, SentOwners, at_owner};
use crate::remote::protocol::passed::{NumberedTicket, PassedAs};
use crate::remote::protocol::ticket::SentStores;
use crate::store::Store;
use std::any::Any;
use std::collections::VecDeque;
use std::marker::PhantomData;

/// The owners of an argument that is to move to the worker.
pub(in crate::remote) struct MovingOwners<O>(pub(in crate::remote) O);

impl<O: Owners> PendingMove for MovingOwners<O> {
    fn send(self: Box<Self>, stores: &mut SentStores, at: Caller) -> Result<SentArgument, UnsentArgument> {
        let Apart { lengths, mut owners } = Apart::of(self.0);
        let mut moved =
            MovedOwners::<O> { lengths: Some(lengths.clone()), owners: Vec::new(), lost: 0, at, form: PhantomData };
        let mut tickets = Vec::with_capacity(owners.len());
        while let Some(owner) = owners.pop_front().flatten() {
            match MovedOwner::send(owner, stores) {
                Ok((ticket, owner)) => {
                    tickets.push(ticket);
                    moved.owners.push(owner);
                }
                Err(Refused { error, handle }) => {
                    let error = at_owner::<O>(&lengths, moved.owners.len(), error);
                    owners.push_front(Some(handle));
                    return Err(UnsentArgument { error, handle: moved.came_back(owners) });
                }
            }
        }
        match plain::write(&SentOwners { lengths, tickets }) {
            Ok(bytes) => Ok(SentArgument { passed_as: PassedAs::Owners, bytes, effect: Box::new(moved) }),
            Err(error) => Err(UnsentArgument { error, handle: moved.came_back(owners) }),
        }
    }

    fn give_back(self: Box<Self>) -> Box<dyn Any + Send> {
        Box::new(O::give_back(&mut Apart::of(self.0)))
    }
}

/// The owners of an argument that were sent to the worker.
struct MovedOwners<O> {
    /// The lengths of the argument's lists and options. `None` after the owners were claimed again.
    lengths: Option<VecDeque<usize>>,
    owners: Vec<MovedOwner>,
    /// How many owners could not be claimed again.
    lost: usize,
    at: Caller,
    form: PhantomData<fn() -> O>,
}

/// An owner that was sent.
struct MovedOwner {
    store: Store,
    /// The last ticket. `None` if the worker has sent back a ticket that cannot be read.
    ticket: Option<Box<dyn AnyTicket>>,
}

impl MovedOwner {
    /// Sends the owner, and returns its ticket for the worker.
    fn send(
        owner: Box<dyn AnyOwner>,
        stores: &mut SentStores,
    ) -> Result<(NumberedTicket, Self), Refused<Box<dyn AnyOwner>>> {
        let store = owner.session().clone();
        let number = match stores.number(&store) {
            Ok(number) => number,
            Err(error) => return Err(Refused::new(error, owner)),
        };
        let ticket = owner.send()?;
        Ok((NumberedTicket { store: number, ticket: ticket.text() }, Self { store, ticket: Some(ticket) }))
    }

    fn claim(self, at: Caller) -> Option<Box<dyn AnyOwner>> {
        self.ticket?.claim(&self.store, at).ok()
    }
}

impl<O: Owners> MovedOwners<O> {
    /// Claims the owners that were sent, and puts them together with `unsent`, which come after them.
    fn came_back(&mut self, unsent: VecDeque<Option<Box<dyn AnyOwner>>>) -> Box<dyn Any + Send> {
        let lengths = self.lengths.take().unwrap_or_default();
        let mut owners: VecDeque<_> = self.owners.drain(..).map(|owner| owner.claim(self.at)).collect();
        self.lost = owners.iter().filter(|owner| owner.is_none()).count();
        owners.extend(unsent);
        Box::new(O::give_back(&mut Apart { lengths, owners }))
    }
}

impl<O: Owners> Effect for MovedOwners<O> {
    fn sent_back(&mut self, owner: usize, text: &str) {
        if let Some(owner) = self.owners.get_mut(owner) {
            owner.ticket = owner.ticket.as_ref().and_then(|ticket| ticket.read(text));
        }
    }

    /// Claims the objects again. An object that cannot be claimed is missing in what comes back, for example since a
    /// worker has claimed it and did not send it back.
    fn undo(&mut self) -> Option<Box<dyn Any + Send>> {
        self.lengths.is_some().then(|| self.came_back(VecDeque::new()))
    }

    fn lost(&self) -> usize {
        self.lost
    }
}

#[test]
fn an_owner_whose_ticket_comes_back_unreadable_is_lost() {
    use crate::handle::Owned;
    type Pair = (Owned<u64>, Vec<Owned<String>>);

    let store = Store::open("memory:").unwrap();
    let text = |text: &str| store.put(text.to_owned()).unwrap();
    let moved = || {
        let pair: Pair = (store.put(1_u64).unwrap(), vec![text("a"), text("b")]);
        let Apart { lengths, owners } = Apart::of(pair);
        let owners = owners.into_iter().flatten().map(|owner| MovedOwner {
            store: store.clone(),
            ticket: Some(owner.send().unwrap_or_else(|refused| unreachable!("{}", refused.error))),
        });
        let at = std::panic::Location::caller();
        MovedOwners::<Pair> { lengths: Some(lengths), owners: owners.collect(), lost: 0, at, form: PhantomData }
    };
    let back = |mut moved: MovedOwners<Pair>| {
        let back = moved.undo().unwrap().downcast::<<Pair as Owners>::Back>().unwrap();
        assert!(moved.undo().is_none());
        (back.0.is_some(), back.1.iter().map(Option::is_some).collect::<Vec<_>>(), moved.lost())
    };
    let mut again = moved();
    again.sent_back(2, &text("c").into_ticket().unwrap().to_text());
    assert_eq!(back(again), (true, vec![true, true], 0));
    let mut cut_off = moved();
    cut_off.sent_back(1, "a ticket that was cut off");
    cut_off.sent_back(3, "a ticket of no owner");
    assert_eq!(back(cut_off), (true, vec![false, true], 1));
}
