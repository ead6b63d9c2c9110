//! How a caller reads the result of a function. The worker has written a plain result by `Portable`, and any other
//! result by `worker/pack`.

use super::visits;
use crate::codec::plain;
use crate::error::{Error, ErrorKind, Result};
use crate::handle::{Owned, Ownership, Ticket};
use crate::remote::protocol::portable::Portable;
use crate::remote::protocol::returned::{ReturnedOwner, split_result};
use crate::store::Store;
use crate::stored::Stored;
use std::any::Any;

/// How the caller reads a result.
///
/// The thread that receives a response claims a returned owner at once: the owner's ticket may expire before the call
/// is joined.
pub struct Unpack<R> {
    /// Claims a returned owner, in the thread that receives the response. `None` if the function returns no owner.
    pub(super) on_arrival: Option<OnArrival>,
    pub(super) read: fn(&[u8], Option<ArrivedOwner>) -> Result<R>,
}

/// Claims the object of the ticket in a result's bytes. Returns `None` if the result is an `Err`, which has no ticket.
pub(super) type OnArrival = fn(&[u8], &[Store]) -> Option<ArrivedOwner>;
/// An `Owned` of any type, or the error of the claim.
pub(super) type ArrivedOwner = Result<Box<dyn Any + Send>>;

pub(in crate::remote) fn unpack<R: Portable>() -> Unpack<R> {
    Unpack { on_arrival: None, read: |bytes, _| R::read(bytes) }
}

pub(in crate::remote) fn unpack_owned<T: Stored + Send + Sync>() -> Unpack<Owned<T>> {
    Unpack {
        on_arrival: Some(|bytes, stores| Some(plain::read(bytes).and_then(|packed| claimed::<T>(packed, stores)))),
        read: |_, arrived| owned(arrived),
    }
}

pub(in crate::remote) fn unpack_result<R: Portable, E: Portable>() -> Unpack<Result<R, E>> {
    Unpack {
        on_arrival: None,
        read: |bytes, _| match split_result(bytes)? {
            Ok(bytes) => R::read(bytes).map(Ok),
            Err(bytes) => E::read(bytes).map(Err),
        },
    }
}

pub(in crate::remote) fn unpack_owned_result<T: Stored + Send + Sync, E: Portable>() -> Unpack<Result<Owned<T>, E>> {
    Unpack {
        on_arrival: Some(|bytes, stores| match split_result(bytes) {
            Ok(Ok(bytes)) => Some(plain::read(bytes).and_then(|packed| claimed::<T>(packed, stores))),
            Ok(Err(_)) => None,
            Err(error) => Some(Err(error)),
        }),
        read: |bytes, arrived| match arrived {
            Some(_) => owned(arrived).map(Ok),
            None => split_result(bytes)?.map_or_else(|bytes| E::read(bytes).map(Err), |_| Err(without_owner())),
        },
    }
}

fn owned<T: Stored + Send + Sync>(arrived: Option<ArrivedOwner>) -> Result<Owned<T>> {
    let owned = arrived.ok_or_else(without_owner)??;
    owned.downcast().map(|owned| *owned).map_err(|_| without_owner())
}

fn without_owner() -> Error {
    Error::new(ErrorKind::Decode, "a returned owner comes without its object")
}

/// Claims the object in one of the sessions `stores`, if one of them is in the object's store. Otherwise claims the
/// object in a session of `visits`.
fn claimed<T: Stored + Send + Sync>(packed: ReturnedOwner, stores: &[Store]) -> ArrivedOwner {
    let ticket: Ticket<T, Ownership> = packed.ticket.parse()?;
    let ours = stores.iter().find(|store| store.id() == ticket.pass.store);
    let owned: Owned<T> = match ours {
        Some(store) => store.claim(ticket)?,
        None => visits::claim(&packed.passed_as, packed.ticket.as_bytes())?,
    };
    Ok(Box::new(owned))
}
