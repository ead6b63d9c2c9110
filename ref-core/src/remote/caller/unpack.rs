//! How a caller reads the result of a function.

use super::visits;
use crate::codec::plain;
use crate::error::{Error, ErrorKind, Result};
use crate::handle::{Owned, Ownership, Ticket};
use crate::remote::protocol::passed::StoreAddress;
use crate::remote::protocol::ticket::SentStores;
use crate::stored::Stored;
use std::any::Any;

/// How the caller reads a result.
///
/// The thread that receives a response claims a returned owner at once: the owner's ticket may expire before the call
/// is joined.
pub struct Unpack<R> {
    /// Claims a returned owner, in the thread that receives the response. `None` if the function returns no owner.
    pub(in crate::remote) on_arrival: Option<OnArrival>,
    pub(in crate::remote) read: fn(&[u8], Option<ArrivedOwner>) -> Result<R>,
}

/// Claims the object of the ticket in a result's bytes. Returns `None` if the result is an `Err`, which has no ticket.
pub(in crate::remote) type OnArrival = fn(&[u8], &SentStores) -> Option<ArrivedOwner>;
/// An `Owned` of any type, or the error of the claim.
pub(in crate::remote) type ArrivedOwner = Result<Box<dyn Any + Send>>;

/// Claims a returned owner, whose bytes have arrived.
pub(in crate::remote) fn arrived<T: Stored + Send + Sync>(bytes: &[u8], stores: &SentStores) -> ArrivedOwner {
    plain::read(bytes).and_then(|packed| claimed::<T>(packed, stores))
}

/// Takes the owner that was claimed.
pub(in crate::remote) fn owner<T: Stored + Send + Sync>(arrived: Option<ArrivedOwner>) -> Result<Owned<T>> {
    let owned = arrived.ok_or_else(without_owner)??;
    owned.downcast().map(|owned| *owned).map_err(|_| without_owner())
}

fn without_owner() -> Error {
    Error::new(ErrorKind::Decode, "a returned owner comes without its object")
}

/// Claims the object in one of the sessions `stores`, if one of them is in the object's store. Otherwise claims the
/// object in a session of `visits`.
fn claimed<T: Stored + Send + Sync>(
    (address, line): (Option<StoreAddress>, String),
    stores: &SentStores,
) -> ArrivedOwner {
    let ticket: Ticket<T, Ownership> = line.parse()?;
    let owned: Owned<T> = match stores.of(ticket.pass.store) {
        Some(store) => store.claim(ticket)?,
        None => visits::claim(&address.ok_or_else(without_owner)?, &line)?,
    };
    Ok(Box::new(owned))
}
