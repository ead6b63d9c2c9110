//! Tickets in messages, and the stores that they are for.

use super::request::{PassedAs, wrong_arguments};
use crate::handle::{Access, Lease, Owned, Ownership, Redeem, Ticket};
use crate::store::{Absolute, Store, StoreOptions};
use crate::stored::Stored;
use crate::{Error, ErrorKind, Result};
use std::time::Duration;

/// How long an owner that is returned waits to be claimed, which its caller does as soon as it hears of it.
const RETURN_TIMEOUT: Duration = Duration::from_secs(60);

pub(in crate::remote) fn pass_by_ticket(stores: &mut Vec<Store>, store: &Store) -> Result<PassedAs> {
    let (address, max_object) = store.reached_by_others()?;
    stores.push(store.clone());
    Ok(PassedAs::Ticket { address, max_object: max_object as u64 })
}

/// A session in the store that another process has open at that address.
pub(in crate::remote) fn open_session(address: &Absolute, max_object: u64) -> Result<Store> {
    let most = usize::try_from(max_object).unwrap_or(usize::MAX);
    StoreOptions::new().max_object(most).ticket_timeout(RETURN_TIMEOUT).open_existing(address)
}

/// Whether the error says that another session has to be opened: that one has ended, or that its store is not the one which
/// is at its address now.
pub(in crate::remote) fn needs_new_session(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::SessionLost | ErrorKind::StoreClosed | ErrorKind::WrongStore)
}

pub(in crate::remote) fn claim<T: Stored>(store: &Store, ticket: &[u8]) -> Result<Owned<T>> {
    store.claim(text(ticket)?.parse::<Ticket<T, Ownership>>()?)
}

pub(in crate::remote) fn redeem<T: Stored, A: Access + Redeem>(store: &Store, ticket: &[u8]) -> Result<Lease<T, A>> {
    store.redeem(text(ticket)?.parse::<Ticket<T, A>>()?)
}

fn text(ticket: &[u8]) -> Result<&str> {
    std::str::from_utf8(ticket).map_err(|_| wrong_arguments())
}
