//! How a caller reads the result of a function.

use super::visits;
use crate::backend::Caller;
use crate::codec::plain;
use crate::error::{Error, ErrorKind, Result};
use crate::handle::{Owned, Ownership, Ticket};
use crate::remote::protocol::carried::ReceivedFiles;
use crate::remote::protocol::owners::{Apart, Owners, SentOwners, VisitOwner, at_owner};
use crate::remote::protocol::passed::{NumberedTicket, StoreAddress};
use crate::remote::protocol::ticket::SentStores;
use crate::stored::Stored;
use std::any::Any;
use std::collections::VecDeque;

/// How the caller reads a result.
///
/// The thread that receives a response claims returned owners at once: their tickets may expire before the call is
/// joined.
pub struct Unpack<R> {
    /// Claims returned owners, in the thread that receives the response. `None` if the function returns no owner.
    pub(in crate::remote) on_arrival: Option<OnArrival>,
    pub(in crate::remote) read: fn(&[u8], &mut ReceivedFiles, Option<ArrivedOwners>) -> Result<R>,
}

/// Claims the objects of the tickets in a result's bytes. Returns `None` if the result is an `Err`, which has no
/// tickets. Errors name the line of the `Caller` as that of the owners.
pub(in crate::remote) type OnArrival = fn(&[u8], &SentStores, Caller) -> Option<ArrivedOwners>;
/// The owners of a result, in its type, or the error of a claim.
pub(in crate::remote) type ArrivedOwners = Result<Box<dyn Any + Send>>;

/// Claims returned owners, whose bytes have arrived. If one cannot be claimed, all are dropped, with their objects.
pub(in crate::remote) fn arrived<O: Owners>(bytes: &[u8], stores: &SentStores, at: Caller) -> ArrivedOwners {
    let (addresses, SentOwners { lengths, tickets }): (Vec<StoreAddress>, _) = plain::read(bytes)?;
    let (apart, tickets) = (Apart { lengths, owners: VecDeque::new() }, tickets.into_iter());
    let mut arrivals = Arrivals { tickets, stores, addresses, apart, failed: None, at };
    O::visit(&mut arrivals.apart.lengths.clone(), &mut arrivals)?;
    match arrivals.failed {
        Some((index, error)) => Err(at_owner::<O>(&arrivals.apart.lengths, index, error)),
        None => Ok(Box::new(O::put_together(&mut arrivals.apart)?)),
    }
}

/// Takes the owners that were claimed.
pub(in crate::remote) fn owners<O: Owners>(arrived: Option<ArrivedOwners>) -> Result<O> {
    let owners = arrived.ok_or_else(without_owner)??;
    owners.downcast().map(|owners| *owners).map_err(|_| without_owner())
}

fn without_owner() -> Error {
    Error::new(ErrorKind::Decode, "a returned owner comes without its object")
}

/// Claims the object of each ticket: in a session of the call's arguments, if one of them is in the object's store, and
/// otherwise in a session of `visits`.
struct Arrivals<'s> {
    tickets: std::vec::IntoIter<NumberedTicket>,
    stores: &'s SentStores,
    addresses: Vec<StoreAddress>,
    apart: Apart,
    /// The index of the first owner that could not be claimed, and the error. The owners after it are claimed too:
    /// their objects must not wait until their tickets expire.
    failed: Option<(usize, Error)>,
    at: Caller,
}

impl Arrivals<'_> {
    fn claim<T: Stored + Send + Sync>(&self, sent: &NumberedTicket) -> Result<Owned<T>> {
        let ticket: Ticket<T, Ownership> = sent.ticket.parse()?;
        match self.stores.of(ticket.pass.store) {
            Some(store) => store.claim_at(ticket, self.at),
            None => visits::claim(sent.address(&self.addresses)?, &sent.ticket, self.at),
        }
    }
}

impl VisitOwner for Arrivals<'_> {
    fn owner<T: Stored + Send + Sync>(&mut self) -> Result<()> {
        let ticket = self.tickets.next().ok_or_else(without_owner)?;
        let index = self.apart.owners.len();
        let owner = match self.claim::<T>(&ticket) {
            Ok(owned) => Some(Box::new(owned) as _),
            Err(error) => {
                self.failed.get_or_insert((index, error));
                None
            }
        };
        self.apart.owners.push_back(owner);
        Ok(())
    }
}
