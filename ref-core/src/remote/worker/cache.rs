//! What a worker keeps between calls, how much of it, and until when.
//!
//! | kept | at most | goes when |
//! |---|---|---|
//! | a session of a store | 8, the least recently used goes | it is over, or the caller has the store open no more |
//! | a value that was read for a `&T` | 16, and [`most_bytes`] | its object is gone or has a newer version, or its store goes |
//!
//! All of it goes when the worker has had nothing to do for a while. What goes is dropped between calls, after the answer:
//! a destructor is user code, and decides no call's fate.

use crate::Result;
use crate::handle::{Lease, Shared};
use crate::id::{Epoch, ObjectId, StoreId};
use crate::remote::panics::ignoring_panic;
use crate::remote::protocol::request::{PassedAs, wrong_arguments};
use crate::remote::protocol::ticket::{needs_new_session, open_session};
use crate::store::{Absolute, Store};
use crate::stored::Stored;
use crate::sync::Arc;
use rustix::process::{Resource, getrlimit};
use std::any::Any;
use std::collections::VecDeque;
use std::fs;
use std::os::unix::process::parent_id;

const MOST_STORES: usize = 8;
const MOST_VALUES: usize = 16;
/// How many bytes kept values may take, and which part of the process's address space where that is limited.
const MOST_BYTES: usize = 1 << 28;
const PART: u64 = 16;

/// What a worker keeps between calls.
#[derive(Default)]
pub(super) struct WorkerCache {
    pub(super) stores: Stores,
    pub(super) values: Values,
    /// Values that the call has used and that are not kept.
    used: Vec<Box<dyn Any>>,
}

/// The stores that this process has opened for calls, the most recently used last.
#[derive(Default)]
pub(super) struct Stores(VecDeque<(StoreKey, Store)>);

/// An address, and the largest object that the caller's session allows.
type StoreKey = (Absolute, u64);

/// Values that were read for shared parameters, the most recently used last.
#[derive(Default)]
pub(super) struct Values(VecDeque<CachedValue>);

struct CachedValue {
    version: VersionKey,
    value: Arc<dyn Any + Send + Sync>,
    /// How many bytes the value takes in this process.
    bytes: usize,
}

type VersionKey = (StoreId, ObjectId, Epoch);

impl WorkerCache {
    pub(super) fn is_empty(&self) -> bool {
        self.stores.0.is_empty() && self.values.0.is_empty() && self.used.is_empty()
    }

    /// Has `value` dropped after the call.
    pub(super) fn drop_later(&mut self, value: impl Any) {
        self.used.push(Box::new(value));
    }

    /// Drops what the last call has used, and what is kept beyond its end or its bound.
    pub(super) fn trim(&mut self) {
        self.stores.forget();
        let gone = self.values.forget(&self.stores);
        destroy(self.used.drain(..));
        destroy(gone);
    }

    /// Drops everything.
    pub(super) fn clear(&mut self) {
        destroy(self.used.drain(..));
        destroy(self.values.0.drain(..));
        self.stores.0.clear();
    }
}

/// Drops each, whose destructor may panic.
fn destroy<V>(values: impl IntoIterator<Item = V>) {
    for value in values {
        let _a_panic_is_told_by_the_hook = ignoring_panic(|| drop(value));
    }
}

impl Stores {
    /// Does `act` with the store that a ticket belongs to. A session that turns out to be over, or to be of a store that
    /// was there before, is given up, and another one opened.
    pub(super) fn with<R>(&mut self, passed_as: &PassedAs, act: impl Fn(&Store) -> Result<R>) -> Result<R> {
        let PassedAs::Ticket { address, max_object } = passed_as else { return Err(wrong_arguments()) };
        let key = (address.clone(), *max_object);
        if let Some(store) = self.take(&key) {
            match act(&store) {
                Err(error) if needs_new_session(&error) => {}
                result => {
                    self.0.push_back((key, store));
                    return result;
                }
            }
        }
        let store = open_session(address, *max_object)?;
        let result = act(&store)?;
        self.0.push_back((key, store));
        Ok(result)
    }

    fn take(&mut self, key: &StoreKey) -> Option<Store> {
        let place = self.0.iter().position(|(known, _)| known == key)?;
        self.0.remove(place).map(|(_, store)| store)
    }

    /// Closes those that the caller's process has not open any more, and those beyond the bound. The one that was used
    /// last stays: where the parent is not the caller, as with a shell between them, a series of calls opens it once.
    fn forget(&mut self) {
        let (parent, last) = (parent_id(), self.0.len().saturating_sub(1));
        let mut place = 0..;
        self.0.retain(|(_, store)| place.next() == Some(last) || !store.is_closed_in(parent));
        let more = self.0.len().saturating_sub(MOST_STORES);
        self.0.drain(..more);
    }

    fn of(&self, id: StoreId) -> Option<&Store> {
        self.0.iter().map(|(_, store)| store).find(|store| store.id() == id)
    }
}

impl Values {
    /// The value that the lease reads. A version never changes, so one that was read before is read no more.
    pub(super) fn of<T: Stored>(&mut self, store: &Store, lease: &Lease<T, Shared>) -> Result<Arc<T>> {
        let version = (store.id(), lease.id(), lease.version());
        let known = self.0.iter().position(|kept| kept.version == version).and_then(|place| self.0.remove(place));
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

    /// Takes out those that no call will ask for, and those beyond the bound.
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

/// How many bytes kept values may take: what the next call needs has to find room beside them.
fn most_bytes() -> usize {
    let part = getrlimit(Resource::As).current.map(|most| usize::try_from(most / PART).unwrap_or(usize::MAX));
    part.map_or(MOST_BYTES, |part| part.min(MOST_BYTES))
}

/// What this process takes, in bytes. A value takes as much as the process grows by while the value is read. The length of a
/// value in the store says little: a `None` of one byte may stand for a kilobyte, and a `Deserialize` may set aside what it likes.
#[derive(Clone, Copy)]
struct Footprint {
    /// Address space, which a limit counts.
    space: usize,
    /// Memory of its own.
    resident: usize,
}

impl Footprint {
    /// None where the system does not tell.
    fn now() -> Option<Self> {
        let text = fs::read_to_string("/proc/self/statm").ok()?;
        let mut pages = text.split_ascii_whitespace().map_while(|pages| pages.parse::<usize>().ok());
        let mut next = || pages.next().map(|pages| pages.saturating_mul(rustix::param::page_size()));
        let (space, resident, shared) = (next()?, next()?, next()?);
        Some(Self { space, resident: resident.saturating_sub(shared) })
    }

    /// By how much it has grown; where that is unknown, by more than is kept.
    fn growth(before: Option<Self>) -> usize {
        let (Some(before), Some(now)) = (before, Self::now()) else { return usize::MAX };
        now.space.saturating_sub(before.space).max(now.resident.saturating_sub(before.resident))
    }
}
