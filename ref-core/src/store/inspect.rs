//! Looking into a store: which objects and sessions it has, and which process holds what.

use super::Store;
use super::options::StoreOptions;
use crate::backend::{Address, FoundObject, Inspect, ObjectEntry, ObjectState, SessionEntry};
use crate::codec;
use crate::codec::encoded::{EncodedValue, taken_apart};
use crate::codec::envelope::VersionBytes;
use crate::error::{Error, ErrorKind, Result};
use crate::event;
use crate::id::ObjectId;
use crate::sync::Arc;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How old the version of a detached object is when an event tells it.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// A look into a store without a session: for tools, which must not change what they look at.
///
/// An inspector makes no store and takes no slot. It recovers nothing from the dead, and no session waits for it. A
/// store that goes with its last session goes while inspectors look at it; their calls then fail.
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// use ref_core::{ErrorKind, Store};
/// use ref_core::inspect::{Inspector, ObjectState};
///
/// assert_eq!(Inspector::open("memory:lab").unwrap_err().kind(), ErrorKind::StoreRemoved);
/// let store = Store::open("memory:lab")?;
/// let list = store.put(vec![1_u64])?;
/// let loan = list.lend()?;
///
/// let inspector = Inspector::open("memory:lab")?;
/// let objects = inspector.objects()?;
/// assert_eq!((objects[0].state, objects[0].type_name.as_deref()), (ObjectState::LentShared, Some("Vec<u64>")));
/// assert_eq!(inspector.sessions()?.len(), 1);
/// # Ok(())
/// # }
/// ```
pub struct Inspector {
    store: Box<dyn Inspect>,
    address: Address,
}

impl Inspector {
    /// Opens the store at `address` to look into it.
    ///
    /// # Errors
    /// `StoreRemoved` if there is no store; `Unsupported` if the address is none of those in the table of [`Store`], or
    /// if this platform, build or server does not support it. Otherwise the errors of the folder or server, such as
    /// `NotPermitted`, `Corrupt`, `Io` or `Unreachable`.
    pub fn open(address: &str) -> Result<Self> {
        let address = Address::parse(address)?;
        let store = address.inspect(StoreOptions::new().settings)?;
        Ok(Self { store, address })
    }

    /// Returns every object, in the order of the ids. See [`Store::objects`].
    ///
    /// # Errors
    /// `StoreRemoved` if the store is gone; else the errors of the store, such as `Io` or `Unreachable`.
    pub fn objects(&self) -> Result<Vec<ObjectEntry>> {
        self.store.objects().map(entries)
    }

    /// Returns every session. See [`Store::sessions`].
    ///
    /// # Errors
    /// `StoreRemoved` if the store is gone; else the errors of the store, such as `Io` or `Unreachable`.
    pub fn sessions(&self) -> Result<Vec<SessionEntry>> {
        self.store.sessions()
    }

    /// Returns a copy of an object's current value, as its codec has written it. A session may replace or remove the
    /// value meanwhile; the copy is of one version all the same. All of its checksums are compared.
    ///
    /// # Errors
    /// `Gone` if the object is not in the store; `TooLarge` if the version has more than `most` bytes, its header
    /// included; `Corrupt` if the bytes are not what was written; `CodecMismatch` if another build has written them in
    /// another layout; `Timeout` if the object changes all the time; else the errors of [`objects`](Self::objects).
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// use ref_core::inspect::Inspector;
    ///
    /// let store = ref_core::Store::open("memory:encoded")?;
    /// let text = store.put(String::from("one"))?;
    ///
    /// let value = Inspector::open("memory:encoded")?.encoded_value(text.id(), 1 << 20)?;
    /// assert_eq!(value.description.as_deref(), Some("String"));
    /// assert_eq!((value.codec, &*value.body), (Some(1), &b"\x03one"[..]));
    /// # Ok(())
    /// # }
    /// ```
    pub fn encoded_value(&self, object: ObjectId, most: u64) -> Result<EncodedValue> {
        let bytes = self.store.version_bytes(object, most)?;
        let value = taken_apart(&VersionBytes { held: Arc::new(bytes), is_mapped: false })?;
        let description = self.store.type_description(value.fingerprint)?;
        Ok(EncodedValue { description, ..value })
    }

    /// Returns how many objects the store has room for; `None` if that is not limited.
    #[must_use]
    pub fn max_objects(&self) -> Option<u64> {
        self.store.limits().0
    }

    /// Returns how many sessions the store has room for; `None` if that is not limited.
    #[must_use]
    pub fn max_sessions(&self) -> Option<u64> {
        self.store.limits().1
    }
}

impl Store {
    /// Returns every object of the store, also those of other sessions, in the order of the ids.
    ///
    /// Each entry is of one moment. The moments of two entries may differ, since the call stops no session and takes no
    /// lock. An object that changes its owner meanwhile may be missing on a server. If an object's record or bytes are
    /// damaged, [`ObjectEntry::problem`] says so. With the feature `tracing`, the event `kept` tells each detached object
    /// without a time whose version is older than a day.
    ///
    /// # Errors
    /// `Forked` in a forked child, `StoreClosed` if this session is over; else the errors of the store, such as `Io`,
    /// `StoreRemoved` or `Unreachable`.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// use ref_core::access::AccessKind;
    /// use ref_core::inspect::ObjectState;
    ///
    /// let store = ref_core::Store::open("memory:")?;
    /// let mut text = store.put(String::from("one"))?;
    /// let loan = text.lend_mut()?;
    /// let lease = store.redeem(loan.ticket()?)?;
    ///
    /// let objects = store.objects()?;
    /// assert_eq!(objects[0].state, ObjectState::LentExclusively);
    /// let holder = &objects[0].holders[0];
    /// assert_eq!((holder.access, holder.process.pid), (AccessKind::BorrowMut, std::process::id()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn objects(&self) -> Result<Vec<ObjectEntry>> {
        let objects = self.backend().inspect()?.objects().map(entries)?;
        let is_kept = |entry: &&ObjectEntry| entry.state == ObjectState::Detached && entry.time_left.is_none();
        for entry in objects.iter().filter(|entry| event::ARE_SPANS_MADE && is_kept(entry)) {
            let age = entry.written.and_then(|written| written.elapsed().ok());
            if let Some(age) = age.filter(|age| *age >= KEPT) {
                event::kept(&entry.id, age);
            }
        }
        Ok(objects)
    }

    /// Returns every session of the store, this one and the dead ones included. A dead session is in the list until
    /// another session has recovered it.
    ///
    /// # Errors
    /// Those of [`objects`](Self::objects).
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// let store = ref_core::Store::open("memory:")?;
    /// let sessions = store.sessions()?;
    /// assert_eq!((sessions.len(), sessions[0].process.pid), (1, std::process::id()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn sessions(&self) -> Result<Vec<SessionEntry>> {
        self.backend().inspect()?.sessions()
    }
}

/// Returns the entries, with the names of the types that the first bytes of the versions say.
fn entries(found: Vec<FoundObject>) -> Vec<ObjectEntry> {
    let entry = |FoundObject { mut entry, head }| {
        entry.type_name = codec::envelope::named_type(&head);
        entry
    };
    found.into_iter().map(entry).collect()
}

impl fmt::Debug for Inspector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Inspector").field(&format_args!("{}", self.address)).finish()
    }
}

/// Reads an id as `Display` writes it, with or without the `#`.
impl FromStr for ObjectId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text).ok_or_else(|| {
            let shown: String = text.chars().take(64).collect();
            Error::new(ErrorKind::MalformedName, format!("`{}` is no id of an object", shown.escape_debug()))
                .with_remedy("write an id as lists of objects show it, such as `#3.17`")
        })
    }
}
