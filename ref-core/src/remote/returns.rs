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

/// An owner on its way back.
#[derive(Serialize, Deserialize)]
struct Packed {
    form: Form,
    ticket: String,
}

pub(super) fn pack<R: Serialize + DeserializeOwned>(result: &R) -> Result<Vec<u8>> {
    plain::write(result)
}

pub(super) fn unpack<R: Serialize + DeserializeOwned>(bytes: &[u8], _: &[Store]) -> Result<R> {
    plain::read(bytes)
}

pub(super) fn pack_owned<T: Stored>(owned: Owned<T>) -> Result<Vec<u8>> {
    plain::write(&packed(owned)?)
}

pub(super) fn unpack_owned<T: Stored>(bytes: &[u8], stores: &[Store]) -> Result<Owned<T>> {
    unpacked(plain::read(bytes)?, stores)
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

pub(super) fn unpack_either<T: Stored, E>(bytes: &[u8], stores: &[Store]) -> Result<Result<Owned<T>, E>>
where
    E: Serialize + DeserializeOwned,
{
    let result: Result<Packed, E> = plain::read(bytes)?;
    result.map(|packed| unpacked(packed, stores)).map_or_else(|error| Ok(Err(error)), |owned| owned.map(Ok))
}

fn packed<T: Stored>(owned: Owned<T>) -> Result<Packed> {
    let form = ticket(&mut Vec::new(), owned.store())?;
    Ok(Packed { form, ticket: owned.into_ticket()?.to_text() })
}

/// Claims the object, through the session of an argument where there is one for its store.
fn unpacked<T: Stored>(packed: Packed, stores: &[Store]) -> Result<Owned<T>> {
    let ticket: Ticket<T, Ownership> = text(packed.ticket.as_bytes())?.parse()?;
    let mut ours = stores.iter().filter(|store| store.id() == ticket.pass.store);
    let store = match (ours.next(), &packed.form) {
        (Some(store), _) => store.clone(),
        (None, Form::Ticket { .. }) => Stores::default().of(&packed.form)?,
        (None, _) => return Err(Error::new(ErrorKind::Decode, "a returned owner comes without its store")),
    };
    Ok(store.claim(ticket)?)
}
