//! Sessions for returned owners, in stores of which their calls had no argument.
//!
//! An owner keeps its session open. All these owners in one store share a session, since each session takes file
//! descriptors. The session ends with the last of these owners.

use crate::error::Result;
use crate::handle::Owned;
use crate::remote::protocol::request::{PassedAs, wrong_arguments};
use crate::remote::protocol::ticket::{self, needs_new_session, open_session};
use crate::store::{Absolute, Store};
use crate::stored::Stored;
use crate::sync::{Mutex, lock};

static VISITS: Mutex<Vec<Visit>> = Mutex::new(Vec::new());

/// A session that returned owners keep open.
struct Visit {
    /// The number of the process that has opened the session. A fork of that process opens other sessions.
    pid: u32,
    address: Absolute,
    max_object_bytes: u64,
    /// Returns the session, while an owner keeps it open.
    session: Box<dyn Fn() -> Option<Store> + Send>,
}

/// Claims the object of the ticket `line`, in the store that `passed_as` names.
pub(super) fn claim<T: Stored>(passed_as: &PassedAs, line: &[u8]) -> Result<Owned<T>> {
    let PassedAs::Ticket { address, max_object_bytes } = passed_as else { return Err(wrong_arguments()) };
    if let Some(store) = known(address, *max_object_bytes) {
        match ticket::claim(&store, line) {
            Err(error) if needs_new_session(&error) => {}
            result => return result,
        }
    }
    let store = open_session(address, *max_object_bytes)?;
    let owned = ticket::claim(&store, line)?;
    keep(address, *max_object_bytes, &store);
    Ok(owned)
}

/// Returns the open session in that store, if there is one. Removes the sessions that have ended.
fn known(address: &Absolute, max_object_bytes: u64) -> Option<Store> {
    let pid = std::process::id();
    // The owners may be dropped meanwhile. Then a `Store` in `live` is the last of its session, and dropping it ends
    // the session. So `live` is dropped after the lock is released.
    let mut live = Vec::new();
    lock(&VISITS).retain(|visit| {
        let store = (visit.session)().filter(|_| visit.pid == pid);
        let is_here = visit.address == *address && visit.max_object_bytes == max_object_bytes;
        let is_live = store.is_some();
        live.extend(store.map(|store| (is_here, store)));
        is_live
    });
    live.into_iter().find_map(|(is_here, store)| is_here.then_some(store))
}

/// Notes a session for later owners.
fn keep(address: &Absolute, max_object_bytes: u64, store: &Store) {
    let session = Box::new(store.downgrade());
    let mut visits = lock(&VISITS);
    // If there is an entry of the same store, its session has ended, or another thread has just added it.
    visits.retain(|visit| visit.address != *address || visit.max_object_bytes != max_object_bytes);
    visits.push(Visit { pid: std::process::id(), address: address.clone(), max_object_bytes, session });
}
