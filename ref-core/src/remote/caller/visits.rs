//! Sessions for returned owners whose call had no argument in the same store.
//!
//! An owner keeps its session open, and a session takes file descriptors. So these owners share one session for each
//! address and limit of an object's size. (Two threads that open a session at the same time do not share it.) A session
//! ends with the last of its owners.

use crate::backend::Caller;
use crate::error::Result;
use crate::handle::Owned;
use crate::remote::protocol::passed::StoreAddress;
use crate::remote::protocol::ticket::{self, needs_new_session, open_session};
use crate::store::Store;
use crate::stored::Stored;
use crate::sync::{Mutex, lock};

static VISITS: Mutex<Vec<Visit>> = Mutex::new(Vec::new());

/// A session that returned owners keep open.
struct Visit {
    /// The number of the process that has opened the session. A fork of that process opens other sessions.
    pid: u32,
    address: StoreAddress,
    /// Returns the session, or `None` if no owner keeps it open.
    session: Box<dyn Fn() -> Option<Store> + Send>,
}

/// Claims the object of the ticket `line`, in the store at that address, for the caller `at`.
pub(super) fn claim<T: Stored>(address: &StoreAddress, line: &str, at: Caller) -> Result<Owned<T>> {
    if let Some(store) = known(address) {
        match ticket::claim(&store, line, at) {
            Err(error) if needs_new_session(&error) => {}
            result => return result,
        }
    }
    let store = open_session(address)?;
    let owned = ticket::claim(&store, line, at)?;
    keep(address, &store);
    Ok(owned)
}

/// Returns the open session for that address and limit, if there is one. Removes the entries of sessions that have
/// ended, and of those that another process opened before it forked this one.
fn known(address: &StoreAddress) -> Option<Store> {
    let pid = std::process::id();
    // Another thread may drop the owners of a session at this time. Then the `Store` in `live` is the last of the
    // session, and its drop ends the session. So `live` is dropped after the lock is released.
    let mut live = Vec::new();
    lock(&VISITS).retain(|visit| {
        let store = (visit.session)().filter(|_| visit.pid == pid);
        let is_here = visit.address == *address;
        let is_live = store.is_some();
        live.extend(store.map(|store| (is_here, store)));
        is_live
    });
    live.into_iter().find_map(|(is_here, store)| is_here.then_some(store))
}

/// Notes the session `store` for later owners.
fn keep(address: &StoreAddress, store: &Store) {
    let session = Box::new(store.downgrade());
    let mut visits = lock(&VISITS);
    // An entry of the same address and limit is replaced: its session is of no more use, or another thread has added
    // the entry after this thread found none.
    visits.retain(|visit| visit.address != *address);
    visits.push(Visit { pid: std::process::id(), address: address.clone(), session });
}
