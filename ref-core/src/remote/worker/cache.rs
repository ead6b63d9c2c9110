//! The sessions and decoded values that a worker keeps between calls.
//!
//! | kept | at most | removed when |
//! |---|---|---|
//! | a session in a store | 8; the least recently used is removed first | the session is over, or the parent does not have the store open any more |
//! | a value that was read for a `&T` | 16, and [`most_bytes`]; the least recently used is removed first | its object is gone or has a newer version, or its session is removed |
//!
//! Everything is removed when no request has come for a while. Values are dropped between calls, after the response was
//! sent: their destructors are user code, and a call must not fail because of a destructor.

use crate::error::Result;
use crate::handle::{Lease, Shared};
use crate::id::{Epoch, ObjectId, StoreId};
use crate::remote::panics::ignoring_panic;
use crate::remote::protocol::passed::StoreAddress;
use crate::remote::protocol::start::CACHE;
use crate::remote::protocol::ticket::{needs_new_session, open_session};
use crate::store::Store;
use crate::stored::Stored;
use crate::sync::{Arc, OnceLock};
use rustix::process::{Resource, getrlimit};
use std::any::Any;
use std::collections::VecDeque;
use std::os::unix::process::parent_id;
use std::{env, fs};

const MOST_STORES: usize = 8;
const MOST_VALUES: usize = 16;
/// How many bytes the kept values may take. If the address space is limited, the values may take at most that limit
/// divided by [`PART`].
const MOST_BYTES: usize = 1 << 28;
/// The divisor of the address space: see [`MOST_BYTES`].
const PART: u64 = 16;

/// The sessions and values that a worker keeps between calls.
#[derive(Default)]
pub(super) struct WorkerCache {
    pub(super) stores: Stores,
    pub(super) values: Values,
    /// Values that the call has used. They are dropped after the call.
    used: Vec<Box<dyn Any>>,
}

/// The sessions that this process has opened for calls, the most recently used last.
#[derive(Default)]
pub(super) struct Stores(VecDeque<(StoreAddress, Store)>);

/// The values that were read for `&T` parameters, the most recently used last.
#[derive(Default)]
pub(super) struct Values(VecDeque<CachedValue>);

struct CachedValue {
    version: VersionKey,
    value: Arc<dyn Any + Send + Sync>,
    /// How many bytes of this process's memory the value takes, as far as that was measured.
    bytes: usize,
}

type VersionKey = (StoreId, ObjectId, Epoch);

impl WorkerCache {
    pub(super) fn is_empty(&self) -> bool {
        self.stores.0.is_empty() && self.values.0.is_empty() && self.used.is_empty()
    }

    /// Keeps `value` until the response was sent. Then [`trim`](WorkerCache::trim) drops the value.
    pub(super) fn drop_later(&mut self, value: impl Any) {
        self.used.push(Box::new(value));
    }

    /// Drops the values that the last call has used. Removes the kept sessions and values that no later call can use,
    /// or that exceed a limit.
    pub(super) fn trim(&mut self) {
        self.stores.forget();
        let gone = self.values.forget(&self.stores);
        destroy(self.used.drain(..));
        destroy(gone);
    }

    /// Drops all values, and closes all sessions.
    pub(super) fn clear(&mut self) {
        destroy(self.used.drain(..));
        destroy(self.values.0.drain(..));
        self.stores.0.clear();
    }
}

/// Drops each value, even if the destructor of another value panics.
fn destroy<V>(values: impl IntoIterator<Item = V>) {
    for value in values {
        let _a_panic_is_told_by_the_hook = ignoring_panic(|| drop(value));
    }
}

impl Stores {
    /// Runs `act` in a session of the store at that address, and returns the result of `act`.
    ///
    /// A kept session may turn out to be over, or to be in a store that had this address earlier. Then a new session is
    /// opened, and `act` runs again.
    pub(super) fn with<R>(&mut self, address: &StoreAddress, act: impl Fn(&Store) -> Result<R>) -> Result<R> {
        if let Some((address, store)) = self.take(address) {
            match act(&store) {
                Err(error) if needs_new_session(&error) => {}
                result => {
                    self.0.push_back((address, store));
                    return result;
                }
            }
        }
        let store = open_session(address)?;
        let result = act(&store)?;
        self.0.push_back((address.clone(), store));
        Ok(result)
    }

    fn take(&mut self, address: &StoreAddress) -> Option<(StoreAddress, Store)> {
        // The session that was used last is at the end, and a list of owners mostly uses one session.
        let index = self.0.iter().rposition(|(known, _)| known == address)?;
        self.0.remove(index)
    }

    /// Closes the sessions in stores that the parent does not have open any more, and the least recently used ones that
    /// exceed the limit.
    ///
    /// The session that was used last stays open. If a shell has started the worker, the parent is that shell, which
    /// has no store open. Even then, a series of calls in one store opens one session.
    fn forget(&mut self) {
        let (parent, last) = (parent_id(), self.0.len().saturating_sub(1));
        let mut index = 0..;
        self.0.retain(|(_, store)| index.next() == Some(last) || !store.is_closed_in(parent));
        let more = self.0.len().saturating_sub(MOST_STORES);
        self.0.drain(..more);
    }

    fn of(&self, id: StoreId) -> Option<&Store> {
        self.0.iter().map(|(_, store)| store).find(|store| store.id() == id)
    }
}

impl Values {
    /// Returns the value of the lease's version. A version never changes. So a value that was read for an earlier call,
    /// and is still kept, is returned again.
    pub(super) fn of<T: Stored + Send + Sync>(&mut self, store: &Store, lease: &Lease<T, Shared>) -> Result<Arc<T>> {
        let version = (store.id(), lease.id(), lease.version());
        let known = self.0.iter().position(|kept| kept.version == version).and_then(|index| self.0.remove(index));
        if let Some(known) = known {
            let value = Arc::clone(&known.value).downcast();
            self.0.push_back(known);
            if let Ok(value) = value {
                return Ok(value);
            }
        }
        let before = Footprint::now();
        let (value, encoded) = store.read_sized(lease.id(), lease.version())?;
        let value: Arc<T> = Arc::new(value);
        let bytes = Footprint::growth(before).max(encoded);
        self.0.push_back(CachedValue { version, value: Arc::clone(&value) as _, bytes });
        Ok(value)
    }

    /// Takes out the values that no later call can use, and the least recently used ones that exceed a limit.
    fn forget(&mut self, stores: &Stores) -> VecDeque<CachedValue> {
        let serves = |kept: &CachedValue| {
            let (store, object, version) = kept.version;
            stores.of(store).is_some_and(|store| !store.is_superseded(object, version))
        };
        let (serving, mut gone): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.0).into_iter().partition(serves);
        self.0 = serving;
        let most = most_bytes();
        while self.0.len() > MOST_VALUES || self.0.iter().fold(0, |sum, kept| kept.bytes.saturating_add(sum)) > most {
            gone.extend(self.0.pop_front());
        }
        gone
    }
}

/// Returns how many bytes the kept values may take together: what `Builder::cache_bytes` says, or a limit that leaves
/// memory for the next call.
fn most_bytes() -> usize {
    static SET: OnceLock<Option<usize>> = OnceLock::new();
    if let Some(set) = *SET.get_or_init(|| env::var(CACHE).ok()?.parse().ok()) {
        return set;
    }
    let part = getrlimit(Resource::As).current.map(|most| usize::try_from(most / PART).unwrap_or(usize::MAX));
    part.map_or(MOST_BYTES, |part| part.min(MOST_BYTES))
}

/// How much memory this process takes, in bytes.
///
/// The size of a value is the growth of the process while the value is read, and at least the encoded length. The
/// encoded length alone is no measure: an encoded `None` of one byte may be a kilobyte in memory, and a `Deserialize`
/// may allocate any amount.
#[derive(Clone, Copy)]
struct Footprint {
    /// The address space, which `Builder::memory` limits.
    space: usize,
    /// The resident memory that is not shared with a file.
    resident: usize,
}

impl Footprint {
    /// Returns the footprint now, or `None` if the system does not tell.
    fn now() -> Option<Self> {
        let text = fs::read_to_string("/proc/self/statm").ok()?;
        let mut pages = text.split_ascii_whitespace().map_while(|pages| pages.parse::<usize>().ok());
        let mut next = || pages.next().map(|pages| pages.saturating_mul(rustix::param::page_size()));
        let (space, resident, shared) = (next()?, next()?, next()?);
        Some(Self { space, resident: resident.saturating_sub(shared) })
    }

    /// Returns how many bytes the process has grown since `before`. If that is unknown, returns `usize::MAX`, and the
    /// value is not kept.
    fn growth(before: Option<Self>) -> usize {
        let (Some(before), Some(now)) = (before, Self::now()) else { return usize::MAX };
        now.space.saturating_sub(before.space).max(now.resident.saturating_sub(before.resident))
    }
}
