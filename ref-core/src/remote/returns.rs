//! What a remote function may return, as its worker packs it and its caller unpacks it.

use super::call::{Form, ticket};
use super::incoming::{Stores, text};
use crate::codec::plain;
use crate::handle::{Owned, Ownership, Ticket};
use crate::store::Store;
use crate::stored::Stored;
use crate::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::any::Any;

/// An owner on its way back.
#[derive(Serialize, Deserialize)]
struct Packed {
    form: Form,
    ticket: String,
}

/// How a result is read.
///
/// An owner is claimed as soon as it arrives: the one who joins the call may come later than its ticket lasts.
pub struct Unpack<R> {
    /// What is done when the result arrives, in whichever thread.
    pub(super) arrive: Option<Arrive>,
    pub(super) read: fn(&[u8], Option<Arrived>) -> Result<R>,
}

/// Claims what the bytes hold a ticket for; they may hold none.
pub(super) type Arrive = fn(&[u8], &[Store]) -> Option<Arrived>;
/// An `Owned`, of whichever type.
pub(super) type Arrived = Result<Box<dyn Any + Send>>;

pub(super) fn pack<R: Serialize + DeserializeOwned>(result: &R) -> Result<Vec<u8>> {
    plain::write(result)
}

pub(super) fn unpack<R: Serialize + DeserializeOwned>() -> Unpack<R> {
    Unpack { arrive: None, read: |bytes, _| plain::read(bytes) }
}

pub(super) fn pack_owned<T: Stored>(owned: Owned<T>) -> Result<Vec<u8>> {
    plain::write(&packed(owned)?)
}

pub(super) fn unpack_owned<T: Stored>() -> Unpack<Owned<T>> {
    Unpack {
        arrive: Some(|bytes, stores| Some(plain::read(bytes).and_then(|packed| claimed::<T>(packed, stores)))),
        read: |_, arrived| owned(arrived),
    }
}

pub(super) fn pack_either<T: Stored, E>(result: Result<Owned<T>, E>) -> Result<Vec<u8>>
where
    E: Serialize + DeserializeOwned,
{
    plain::write(&match result {
        Ok(owned) => Ok(packed(owned)?),
        Err(error) => Err(error),
    })
}

pub(super) fn unpack_either<T: Stored, E>() -> Unpack<Result<Owned<T>, E>>
where
    E: Serialize + DeserializeOwned,
{
    Unpack {
        arrive: Some(|bytes, stores| match plain::read::<Result<Packed, E>>(bytes) {
            Ok(result) => result.ok().map(|packed| claimed::<T>(packed, stores)),
            Err(error) => Some(Err(error)),
        }),
        read: |bytes, arrived| match arrived {
            Some(_) => owned(arrived).map(Ok),
            None => {
                plain::read::<Result<Packed, E>>(bytes)?.map_or_else(|error| Ok(Err(error)), |_| Err(without_owner()))
            }
        },
    }
}

fn owned<T: Stored>(arrived: Option<Arrived>) -> Result<Owned<T>> {
    let owned = arrived.ok_or_else(without_owner)??;
    owned.downcast().map(|owned| *owned).map_err(|_| without_owner())
}

fn without_owner() -> Error {
    Error::new(ErrorKind::Decode, "a returned owner comes without its object")
}

fn packed<T: Stored>(owned: Owned<T>) -> Result<Packed> {
    let form = ticket(&mut Vec::new(), owned.store())?;
    Ok(Packed { form, ticket: owned.into_ticket()?.to_text() })
}

/// Claims the object, through the session of an argument where there is one for its store.
fn claimed<T: Stored>(packed: Packed, stores: &[Store]) -> Arrived {
    let ticket: Ticket<T, Ownership> = text(packed.ticket.as_bytes())?.parse()?;
    let ours = stores.iter().find(|store| store.id() == ticket.pass.store);
    let store = ours.map_or_else(|| Stores::default().of(&packed.form), |store| Ok(store.clone()))?;
    Ok(Box::new(store.claim(ticket)?))
}
