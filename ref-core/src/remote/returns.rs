//! What a remote function may return, as its worker packs it and its caller unpacks it.

use super::call::{Form, ticket};
use super::incoming::{Stores, text};
use crate::codec::plain;
use crate::handle::{Owned, Ownership, Ticket};
use crate::store::Store;
use crate::stored::Stored;
use crate::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// An owner on its way back.
#[derive(Serialize, Deserialize)]
struct Packed {
    form: Form,
    ticket: String,
}

pub(super) fn pack_owned<T: Stored>(owned: Owned<T>) -> Result<Vec<u8>> {
    plain::write(&packed(owned)?)
}

pub(super) fn unpack_owned<T: Stored>(bytes: &[u8], stores: &[Store]) -> Result<Owned<T>> {
    unpacked(plain::read(bytes)?, stores)
}

/// How a `Result` goes back, by what packs its `Ok` and what its `Err`. The last byte tells which it is.
pub fn pack_result<T, E>(
    result: std::result::Result<T, E>,
    pack: fn(T) -> Result<Vec<u8>>,
    pack_error: fn(E) -> Result<Vec<u8>>,
) -> Result<Vec<u8>> {
    let (mut bytes, is_error) = match result {
        Ok(result) => (pack(result)?, false),
        Err(error) => (pack_error(error)?, true),
    };
    bytes.push(is_error.into());
    Ok(bytes)
}

/// How a `Result` is read.
pub fn unpack_result<T, E>(
    bytes: &[u8],
    stores: &[Store],
    unpack: fn(&[u8], &[Store]) -> Result<T>,
    unpack_error: fn(&[u8], &[Store]) -> Result<E>,
) -> Result<std::result::Result<T, E>> {
    match bytes {
        [bytes @ .., 0] => unpack(bytes, stores).map(Ok),
        [bytes @ .., 1] => unpack_error(bytes, stores).map(Err),
        _ => Err(Error::new(ErrorKind::Decode, "a returned `Result` is neither `Ok` nor `Err`")),
    }
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
