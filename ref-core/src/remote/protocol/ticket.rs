//! Arguments and results that are passed by ticket, and the sessions in which the tickets are redeemed.

use super::passed::{PassedAs, wrong_arguments};
use crate::error::{Error, ErrorKind, Result};
use crate::handle::{Access, Lease, Owned, Ownership, Redeem, Ticket};
use crate::store::options::StoreOptions;
use crate::store::{Absolute, Store};
use crate::stored::Stored;
use std::time::Duration;

/// How long an ownership ticket that a worker makes can be claimed. The caller claims the ticket when the response
/// arrives.
const RETURN_TIMEOUT: Duration = Duration::from_secs(60);

/// Returns how a ticket for an object in `store` is passed, and adds the session to `stores`, unless a session in the
/// same store is there.
///
/// # Errors
/// `Unsupported` if no other process can open the store.
pub(in crate::remote) fn pass_by_ticket(stores: &mut Vec<Store>, store: &Store) -> Result<PassedAs> {
    let (address, max_object_bytes) = store.reached_by_others()?;
    if stores.iter().all(|known| known.id() != store.id()) {
        stores.push(store.clone());
    }
    Ok(PassedAs::Ticket { address, max_object_bytes: max_object_bytes as u64 })
}

/// Opens a session in the store that another process has opened at that address. Makes no new store: if there is none,
/// fails with `StoreRemoved`.
pub(in crate::remote) fn open_session(address: &Absolute, max_object_bytes: u64) -> Result<Store> {
    let most = usize::try_from(max_object_bytes).unwrap_or(usize::MAX);
    StoreOptions::new().max_object_bytes(most).ticket_timeout(RETURN_TIMEOUT).open_existing(address)
}

/// Returns whether the error says that a new session has to be opened: the session has ended, or another store is at
/// the address now.
pub(in crate::remote) fn needs_new_session(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::SessionLost | ErrorKind::StoreClosed | ErrorKind::WrongStore)
}

/// Claims the object of an ownership ticket, which is in its text form.
pub(in crate::remote) fn claim<T: Stored>(store: &Store, ticket: &[u8]) -> Result<Owned<T>> {
    store.claim(text(ticket)?.parse::<Ticket<T, Ownership>>()?)
}

/// Redeems a ticket, which is in its text form.
pub(in crate::remote) fn redeem<T: Stored, A: Access + Redeem>(store: &Store, ticket: &[u8]) -> Result<Lease<T, A>> {
    store.redeem(text(ticket)?.parse::<Ticket<T, A>>()?)
}

fn text(ticket: &[u8]) -> Result<&str> {
    std::str::from_utf8(ticket).map_err(|_| wrong_arguments())
}
