//! Sends and fetches the bytes of large versions, and caches versions that this process has read or committed.

use super::call::received;
use super::connection::Connection;
use super::fault::{ServerFault, unreachable};
use super::pool::Connections;
use super::reply::KnownVersion;
use super::socket::LONGEST;
use super::text::millis;
use crate::backend::Pieces;
use crate::error::{Error, ErrorKind, Result};
use crate::id::{ObjectId, StoreId};
use crate::sync::{Arc, Mutex, lock};
use redis::Value;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// How many bytes of a large version one reply has: the server copies them into a reply, and then sends it.
pub(super) const PART: usize = 1 << 20;
/// How many parts are asked for before the first of them is read: the server makes one reply while another one is read.
const ASKED: usize = 2;
/// The largest version, in bytes, that is a part of the request that puts or commits it, and of the reply that grants a
/// borrow. A larger one is staged and fetched by requests of its own: a function of the server would copy its bytes
/// several times. `session.lua` has the same number.
pub(super) const INLINE: u64 = 16 << 10;

/// Writes a version under `key`, which no other version has. The server removes it after the time `wait`, unless a put
/// or commit names it before. A request that gets no reply is sent again, for up to `timeout`.
pub(super) fn stage(
    connections: &Connections,
    timeout: Duration,
    key: &str,
    version: Pieces<'_>,
    wait: Duration,
) -> Result<()> {
    let length = version.iter().map(|piece| piece.len()).sum();
    check(length)?;
    // `NX`: a request that arrives again, after the version was committed, must not let it expire.
    let (wait, key) = (millis(wait).to_string(), format!("${}\r\n{key}\r\n", key.len()));
    let front = format!("*6\r\n$3\r\nSET\r\n{key}${length}\r\n");
    let back = format!("\r\n$2\r\nNX\r\n$2\r\nPX\r\n${}\r\n{wait}\r\n", wait.len());
    let pieces = [&[front.as_bytes()], version, &[back.as_bytes()]].concat();
    let said = connections.repeat(timeout, |connection| {
        connection.send(&pieces).map_err(|error| ServerFault::of(&error))?;
        received(connection)
    });
    match said? {
        // Nil: an earlier attempt has written it.
        Value::Okay | Value::Nil => Ok(()),
        _ => Err(unreachable("it does not say whether it has a new version")),
    }
}

/// Reads the first `length` bytes of the version under `key`. Returns `None` if there are not so many.
pub(super) fn fetch(connections: &Connections, timeout: Duration, key: &str, length: u64) -> Result<Option<Vec<u8>>> {
    let Some(length) = usize::try_from(length).ok().filter(|length| *length <= LONGEST) else { return Ok(None) };
    let mut bytes = Vec::new();
    // A string is read with its end, of two bytes.
    bytes.try_reserve_exact(length + 2).map_err(|_| no_memory(length))?;
    let is_whole = connections.repeat(timeout, |connection| fetch_parts(connection, key, length, &mut bytes))?;
    Ok(is_whole.then_some(bytes))
}

/// Reads the parts that `bytes` lacks. Returns whether they are there.
fn fetch_parts(
    connection: &mut Connection,
    key: &str,
    length: usize,
    bytes: &mut Vec<u8>,
) -> Result<bool, ServerFault> {
    let fault = |error| ServerFault::of(&error);
    bytes.truncate(bytes.len() / PART * PART); // The last attempt may have read a part of a part.
    let mut asked = bytes.len();
    while bytes.len() < length {
        let mut requests = Vec::new();
        while asked < length.min(bytes.len() + ASKED * PART) {
            let next = length.min(asked + PART);
            redis::cmd("GETRANGE").arg(key).arg(asked).arg(next - 1).write_packed_command(&mut requests);
            asked = next;
        }
        connection.send(&[&requests]).map_err(fault)?;
        let end = length.min(bytes.len() + PART);
        let other = connection.receive_string(bytes).map_err(fault)?;
        if let Some(Value::ServerError(error)) = other {
            return Err(ServerFault::of(&error.into()));
        }
        if other.is_some() || bytes.len() != end {
            // The connection is of use again when it has brought the replies to all requests.
            (0..(asked - end).div_ceil(PART)).try_for_each(|_| connection.receive().map(drop)).map_err(fault)?;
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) fn check(length: usize) -> Result<()> {
    if length <= LONGEST {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::TooLarge,
        format!("the encoded value has {length} bytes, and a Redis server keeps {LONGEST}"),
    )
    .with_remedy("split the value into several objects"))
}

fn no_memory(length: usize) -> Error {
    Error::new(ErrorKind::NoAddressSpace, format!("no memory for a version of {length} bytes"))
        .with_remedy("drop some values")
}

/// For each object, the version that this process has read or committed last, in any of its sessions. A version never
/// changes, so an entry is right as long as it has the name that is looked for.
static READ: Mutex<Cache> = Mutex::new(Cache { entries: None, order: BTreeMap::new(), bytes: 0, clock: 0 });

/// The most bytes of versions in the cache.
const CACHE: usize = 32 << 20;
/// The largest version, in bytes, that is cached.
const ENTRY: usize = 4 << 20;

type Name = (u64, ObjectId);

struct Cache {
    entries: Option<HashMap<Name, CachedVersion>>,
    /// The objects by the time of their last use, the least recently used first.
    order: BTreeMap<u64, Name>,
    bytes: usize,
    clock: u64,
}

struct CachedVersion {
    version: String,
    bytes: Arc<Vec<u8>>,
    used: u64,
}

impl Cache {
    fn touch(&mut self, name: Name) -> Option<&CachedVersion> {
        let entry = self.entries.as_mut()?.get_mut(&name)?;
        self.clock += 1;
        self.order.remove(&entry.used);
        self.order.insert(self.clock, name);
        entry.used = self.clock;
        Some(entry)
    }

    fn insert(&mut self, name: Name, version: &str, bytes: Arc<Vec<u8>>) {
        self.remove(name);
        self.clock += 1;
        self.bytes += bytes.len();
        self.order.insert(self.clock, name);
        let entry = CachedVersion { version: version.to_owned(), bytes, used: self.clock };
        self.entries.get_or_insert_default().insert(name, entry);
        while self.bytes > CACHE {
            let Some((_, &oldest)) = self.order.first_key_value() else { break };
            self.remove(oldest);
        }
    }

    fn remove(&mut self, name: Name) {
        if let Some(entry) = self.entries.as_mut().and_then(|entries| entries.remove(&name)) {
            self.bytes -= entry.bytes.len();
            self.order.remove(&entry.used);
        }
    }
}

/// Returns the name and bytes of the version of `object` that is in the cache, or `None` if none is.
pub(super) fn known(store: StoreId, object: ObjectId) -> Option<(String, Arc<Vec<u8>>)> {
    lock(&READ).touch((store.0, object)).map(|entry| (entry.version.clone(), Arc::clone(&entry.bytes)))
}

/// Returns whether a version of so many bytes is cached.
pub(super) fn is_kept(length: u64) -> bool {
    length <= ENTRY as u64
}

/// Caches a version, unless it is larger than `ENTRY`.
pub(super) fn keep(store: StoreId, object: ObjectId, version: &str, bytes: &Arc<Vec<u8>>) {
    if is_kept(bytes.len() as u64) {
        lock(&READ).insert((store.0, object), version, Arc::clone(bytes));
    }
}

/// Removes from the cache the version of an object that is gone from the store.
pub(super) fn forget(store: StoreId, object: ObjectId) {
    lock(&READ).remove((store.0, object));
}

/// Returns the bytes of a version, or `None` if they are not in the cache.
pub(super) fn cached(store: StoreId, object: ObjectId, version: &KnownVersion) -> Option<Arc<Vec<u8>>> {
    let mut cache = lock(&READ);
    let entry = cache.touch((store.0, object)).filter(|entry| entry.version == version.name)?;
    Some(Arc::clone(&entry.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_keeps_to_its_size_and_forgets_what_was_not_used() {
        let mut cache = Cache { entries: None, order: BTreeMap::new(), bytes: 0, clock: 0 };
        let object = |n: u64| (1, ObjectId { index: 0, birth: n });
        let bytes = Arc::new(vec![0; ENTRY]);
        for n in 0..CACHE as u64 / ENTRY as u64 {
            cache.insert(object(n), "v", Arc::clone(&bytes));
        }
        assert!(cache.touch(object(0)).is_some());
        cache.insert(object(1000), "v", Arc::clone(&bytes));
        assert!(cache.touch(object(0)).is_some() && cache.touch(object(1)).is_none());
        assert_eq!(cache.bytes, CACHE);
        cache.insert(object(0), "w", bytes);
        assert_eq!((cache.bytes, cache.order.len()), (CACHE, CACHE / ENTRY));
    }
}
