//! Arguments and results that are passed by ticket, and the sessions in which the tickets are redeemed.

use super::passed::StoreAddress;
use crate::backend::{Absolute, Caller};
use crate::error::{Error, ErrorKind, Result};
use crate::handle::{Access, Lease, Owned, Ownership, Redeem, Ticket};
use crate::id::StoreId;
use crate::store::Store;
use crate::store::options::StoreOptions;
use crate::stored::Stored;
use std::collections::HashMap;
use std::time::Duration;

/// How long an ownership ticket that a worker makes can be claimed. The caller claims the ticket when the response
/// arrives.
const RETURN_TIMEOUT: Duration = Duration::from_secs(60);

/// The sessions of the objects that a message has tickets for, each once, and the addresses of their stores.
#[derive(Default)]
pub struct SentStores {
    sessions: Vec<Store>,
    addresses: Vec<StoreAddress>,
    /// The indices of the sessions in each store. Most stores have one: a message has thousands of tickets, and few
    /// sessions.
    by_id: HashMap<StoreId, Vec<u32>>,
    /// Whether the message goes to another host.
    goes_to_other_hosts: bool,
}

impl SentStores {
    /// Names the store of a ticket by the index of its address. Adds the session and its address if the session is
    /// new.
    ///
    /// # Errors
    /// `Unsupported` if no other process can open the store.
    pub(in crate::remote) fn number(&mut self, store: &Store) -> Result<u32> {
        let known = self.by_id.entry(store.id()).or_default();
        if let Some(&index) = known.iter().find(|&&index| self.sessions[index as usize].is_session_of(store)) {
            return Ok(index);
        }
        let (address, max_object_bytes) = store.reached_by_others()?;
        if self.goes_to_other_hosts && !address.reaches_other_hosts() {
            return Err(of_this_host(&address));
        }
        let index = self.sessions.len() as u32;
        known.push(index);
        self.sessions.push(store.clone());
        self.addresses.push(StoreAddress { address, max_object_bytes: max_object_bytes as u64 });
        Ok(index)
    }

    /// Notes that the message goes to another host.
    ///
    /// # Errors
    /// `Unsupported` if a store that is named already, or one that is named later, cannot be opened there.
    pub(in crate::remote) fn for_other_hosts(&mut self) -> Result<()> {
        self.goes_to_other_hosts = true;
        let there = self.addresses.iter().map(|store| &store.address).find(|address| !address.reaches_other_hosts());
        there.map_or(Ok(()), |address| Err(of_this_host(address)))
    }

    /// Returns the first session in the store of that id, if there is one.
    pub(in crate::remote) fn of(&self, id: StoreId) -> Option<&Store> {
        let first = *self.by_id.get(&id)?.first()?;
        self.sessions.get(first as usize)
    }

    /// Takes the addresses out, for the message.
    pub(in crate::remote) fn take_addresses(&mut self) -> Vec<StoreAddress> {
        std::mem::take(&mut self.addresses)
    }
}

fn of_this_host(address: &Absolute) -> Error {
    let shown = address.to_address().map(|address| address.to_string()).unwrap_or_default();
    let what = format!("`{shown}` is a store of this host, and the workers of a pool at a server may be on others");
    Error::new(ErrorKind::Unsupported, what).with_remedy(
        "put the object into a store on a server, such as the pool's, or lend a plain reference: `&*owned.borrow()?`",
    )
}

/// Opens a session in the store that another process has opened at that address. Makes no new store: if there is none,
/// fails with `StoreRemoved`.
pub(in crate::remote) fn open_session(StoreAddress { address, max_object_bytes }: &StoreAddress) -> Result<Store> {
    let most = usize::try_from(*max_object_bytes).unwrap_or(usize::MAX);
    StoreOptions::new().max_object_bytes(most).ticket_timeout(RETURN_TIMEOUT).open_existing(address)
}

/// Returns whether the error says that a new session has to be opened: the session has ended, or another store is at
/// the address now.
pub(in crate::remote) fn needs_new_session(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::SessionLost | ErrorKind::StoreClosed | ErrorKind::WrongStore)
}

/// Claims the object of an ownership ticket, which is in its text form, for the caller `at`.
pub(in crate::remote) fn claim<T: Stored>(store: &Store, ticket: &str, at: Caller) -> Result<Owned<T>> {
    store.claim_at(ticket.parse::<Ticket<T, Ownership>>()?, at)
}

/// Redeems a ticket, which is in its text form, for the caller `at`.
pub(in crate::remote) fn redeem<T: Stored, A: Access + Redeem>(
    store: &Store,
    ticket: &str,
    at: Caller,
) -> Result<Lease<T, A>> {
    store.redeem_at(ticket.parse::<Ticket<T, A>>()?, at)
}

#[test]
fn a_message_names_each_session_once_and_each_by_its_own_limit() {
    let place = tempfile::tempdir().unwrap();
    let address = format!("file:{}", place.path().join("store").display());
    let (wide, narrow) = (Store::open(&address).unwrap(), StoreOptions::new().max_object_bytes(64));
    let (narrow, nowhere) = (narrow.open(&address).unwrap(), Store::open("memory:").unwrap());
    let mut stores = SentStores::default();
    let sent = [&wide, &narrow, &wide.clone(), &narrow, &wide].map(|store| stores.number(store).unwrap());
    assert_eq!(sent, [0, 1, 0, 1, 0]);
    assert_eq!(stores.number(&nowhere).unwrap_err().kind(), ErrorKind::Unsupported);
    assert!(stores.of(narrow.id()).unwrap().is_session_of(&wide) && stores.of(nowhere.id()).is_none());
    let addresses = stores.take_addresses();
    assert_eq!(addresses.len(), 2);
    assert!(addresses[0].address == addresses[1].address && addresses[1].max_object_bytes == 64);
}
