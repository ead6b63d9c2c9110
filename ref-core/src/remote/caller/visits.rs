//! Sessions in stores from which functions return owners, and which their calls did not lend from.
//!
//! An owner keeps its session. So one session serves all owners of a store, and ends with the last of them: each of its own
//! would have its own descriptors.

use crate::Result;
use crate::handle::Owned;
use crate::remote::protocol::request::{PassedAs, wrong_arguments};
use crate::remote::protocol::ticket::{self, needs_new_session, open_session};
use crate::store::{Absolute, Store};
use crate::stored::Stored;
use crate::sync::{Mutex, lock};

static VISITS: Mutex<Vec<Visit>> = Mutex::new(Vec::new());

/// A session that owners keep.
struct Visit {
    /// The process whose it is: a fork has sessions of its own.
    pid: u32,
    address: Absolute,
    max_object: u64,
    session: Box<dyn Fn() -> Option<Store> + Send>,
}

/// Claims an object in the store that `passed_as` names.
pub(super) fn claim<T: Stored>(passed_as: &PassedAs, line: &[u8]) -> Result<Owned<T>> {
    let PassedAs::Ticket { address, max_object } = passed_as else { return Err(wrong_arguments()) };
    if let Some(store) = known(address, *max_object) {
        match ticket::claim(&store, line) {
            Err(error) if needs_new_session(&error) => {}
            result => return result,
        }
    }
    let store = open_session(address, *max_object)?;
    let owned = ticket::claim(&store, line)?;
    keep(address, *max_object, &store);
    Ok(owned)
}

/// The session that is there. Those that have ended are forgotten.
fn known(address: &Absolute, max_object: u64) -> Option<Store> {
    let pid = std::process::id();
    // One of these handles may turn out to be its session's last, and ends it: after the lock.
    let mut live = Vec::new();
    lock(&VISITS).retain(|visit| {
        let store = (visit.session)().filter(|_| visit.pid == pid);
        let is_here = visit.address == *address && visit.max_object == max_object;
        let is_live = store.is_some();
        live.extend(store.map(|store| (is_here, store)));
        is_live
    });
    live.into_iter().find_map(|(is_here, store)| is_here.then_some(store))
}

fn keep(address: &Absolute, max_object: u64, store: &Store) {
    let session = Box::new(store.downgrade());
    let mut visits = lock(&VISITS);
    // The one before it is over, or another thread has opened this one at the same time.
    visits.retain(|visit| visit.address != *address || visit.max_object != max_object);
    visits.push(Visit { pid: std::process::id(), address: address.clone(), max_object, session });
}
