//! The store: it holds values that threads and processes share.

mod adopt;
pub(crate) mod functions;
pub(crate) mod inspect;
pub(crate) mod object;
pub(crate) mod options;
pub(crate) mod turn;
pub(crate) mod unwritten;
mod write;

pub(crate) use crate::backend::Absolute;
use crate::backend::{Address, Backend, Bytes, LONGEST_DESCRIPTION, Liveness, LocalRecorder, Stats};
use crate::codec::envelope::{SealedVersion, VersionBytes, read_value};
use crate::codec::{self, Decode, Encode};
use crate::error::{Error, ErrorKind, Result};
use crate::event;
use crate::id::{Epoch, Nonce, ObjectId, StoreId};
use crate::random::Nonces;
use crate::schema::{Known, difference};
use crate::stored::{self, Stored};
use crate::sync::{Arc, PoisonError, RwLock, Weak};
use std::collections::BTreeSet;
use std::fmt;

/// A global store that this process has opened. It holds values for threads and processes.
///
/// An address says where the store is and which processes reach it:
///
/// | address | reached by | survives |
/// |---|---|---|
/// | `memory:` | code that has a clone of this `Store` | nothing |
/// | `memory:NAME` | code of this process that opens the same name | nothing |
/// | `shm://NAME` | this user's processes on this host (Linux) | `kill -9` of any of them |
/// | `file:PATH` | this user's processes on this host (Linux) | `kill -9` of any of them |
/// | `redis://HOST`, `rediss://HOST`, `redis+unix:///PATH` | processes that reach that Redis server (features `redis`, `redis-tls`) | `kill -9` of any of them; of the server, as far as the server writes to disk |
///
/// A clone is the same session: what one clone holds, the other holds. Every [`open`](Store::open) begins another
/// session. A session ends when the last of its clones, owners, leases and loans is dropped, or when the process ends.
/// On a server a session also ends if it is not renewed in time.
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// let store = ref_core::Store::open("memory:")?;
/// let mut text = store.put(String::from("one"))?;
/// text.borrow_mut()?.push_str(", two");
/// assert_eq!(*text.borrow()?, "one, two");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Store {
    session: Arc<Session>,
}

struct Session {
    backend: Arc<dyn Backend>,
    /// Says whether the session is alive; `None` for a backend where a session lives as long as its process.
    liveness: Option<Arc<Liveness>>,
    id: StoreId,
    max_object_bytes: usize,
    address: Address,
    /// The fingerprints of the types that this session has described in the store.
    described: RwLock<BTreeSet<u64>>,
    nonces: Nonces,
    /// Where borrows in this process are recorded.
    local: LocalRecorder,
}

impl Store {
    /// Reclaims what dead sessions held, and drops objects whose ownership ticket was not claimed in time or whose own
    /// [time](Store::put_for) is over. Returns how many sessions and objects these were.
    ///
    /// A program need not call `reap`: each call that waits, opens the store or needs room reclaims as much as it
    /// needs.
    ///
    /// # Errors
    /// `Forked` in a forked child, `StoreClosed` if this session is over; else the errors of the store, such as `Io`,
    /// `SessionLost` or `Unreachable`.
    pub fn reap(&self) -> Result<usize> {
        self.backend().reap()
    }

    /// Counts the store's objects and sessions, also the objects of other sessions.
    ///
    /// # Errors
    /// `Forked` in a forked child, `StoreClosed` if this session is over; else the errors of the store, such as `Io`,
    /// `SessionLost` or `Unreachable`.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// let store = ref_core::Store::open("memory:")?;
    /// let (a, b) = (store.put(1_u64)?, store.put(2_u64)?);
    /// let loan = a.lend()?;
    /// let stats = store.stats()?;
    /// assert_eq!((stats.objects, stats.lent_shared, stats.sessions), (2, 1, 1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn stats(&self) -> Result<Stats> {
        self.backend().stats()
    }

    #[inline]
    pub(crate) fn id(&self) -> StoreId {
        self.session.id
    }

    /// Returns whether `other` is a clone of this store: both are one session.
    #[allow(dead_code, reason = "only remote calls do")]
    pub(crate) fn is_session_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.session, &other.session)
    }

    /// Returns the address by which another process opens this store, with the password if there is one, and the size
    /// of the largest object that this session allows. Fails with `Unsupported` for a store that no other process
    /// reaches.
    #[allow(dead_code, reason = "only remote calls do")]
    pub(crate) fn reached_by_others(&self) -> Result<(Absolute, usize)> {
        match self.session.address.absolute() {
            Some(absolute) => Ok((absolute, self.session.max_object_bytes)),
            None => Err(Error::new(ErrorKind::Unsupported, format!("no other process reaches {self:?}"))
                .with_remedy("open a store at `shm://NAME` or `file:PATH`, or lend a plain reference to the value")),
        }
    }

    /// Returns the size of the largest object that this session allows, in bytes.
    #[allow(dead_code, reason = "only remote calls do")]
    pub(crate) fn max_object_bytes(&self) -> usize {
        self.session.max_object_bytes
    }

    /// Returns a function that returns this store while a clone or handle of its session exists, and `None` afterwards.
    #[allow(dead_code, reason = "only remote calls do")]
    pub(crate) fn downgrade(&self) -> impl Fn() -> Option<Self> + Send + use<> {
        let session = Arc::downgrade(&self.session);
        move || Weak::upgrade(&session).map(|session| Self { session })
    }

    /// Returns whether the process `pid` is known not to have the store open.
    #[allow(dead_code, reason = "only remote calls do")]
    pub(crate) fn is_closed_in(&self, pid: u32) -> bool {
        self.backend().is_open_in(pid) == Some(false)
    }

    /// Returns whether it is known, without asking a server, that the session has ended.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.session.liveness.as_ref().is_some_and(|liveness| liveness.is_over())
    }

    /// Returns whether it is known, without asking a server, that `version` is not the object's current version any
    /// more.
    #[allow(dead_code, reason = "only remote calls do")]
    pub(crate) fn is_superseded(&self, object: ObjectId, version: Epoch) -> bool {
        self.backend().is_superseded(object, version)
    }

    /// Returns a new secret for a ticket.
    pub(crate) fn nonce(&self) -> Result<Nonce> {
        self.session.nonces.draw()
    }

    #[inline]
    pub(crate) fn backend(&self) -> &dyn Backend {
        &*self.session.backend
    }

    /// Returns where borrows in this process are recorded.
    #[inline]
    pub(crate) fn local(&self) -> &LocalRecorder {
        &self.session.local
    }

    /// Encodes `value`, and returns the bytes of its version. The store then has the type's description, unless
    /// that is too long or could not be written.
    pub(crate) fn encode<T: Stored>(&self, value: &T) -> Result<SealedVersion> {
        self.seal(stored::of::<T>(), value)
    }

    /// Does what [`encode`](Self::encode) does, for a value of the type `known`.
    pub(crate) fn seal(&self, known: &Known, value: &dyn Encode) -> Result<SealedVersion> {
        let sealed = {
            let span = event::encode(&known.name);
            let sealed = codec::envelope::seal(known, self.session.max_object_bytes, value);
            span.result(&sealed);
            sealed.inspect(|sealed| span.bytes(sealed.length()))?
        };
        self.describe(known);
        Ok(sealed)
    }

    /// Returns whether a value that was just written is to be dropped and, when it is used, read again. Its arrays are
    /// then where the store has them, and not in the memory of this process too. A value with a field that is skipped,
    /// opaque or written by functions is kept: it may be read as another one.
    pub(crate) fn is_read_again(&self, sealed: &SealedVersion, known: &Known) -> bool {
        sealed.has_arrays() && known.is_whole && self.backend().maps(sealed.length())
    }

    /// Gives the store the description of a type, unless it is too long, or this session has given it before. Does
    /// nothing in a forked child.
    pub(crate) fn describe(&self, known: &Known) {
        let (described, fingerprint) = (&self.session.described, known.fingerprint.0);
        // In a forked child, a thread that the child does not have may hold the lock.
        if !self.backend().is_opener()
            || described.read().unwrap_or_else(PoisonError::into_inner).contains(&fingerprint)
        {
            return;
        }
        let text = known.text();
        if text.len() > LONGEST_DESCRIPTION || self.backend().describe(fingerprint, &text) {
            described.write().unwrap_or_else(PoisonError::into_inner).insert(fingerprint);
        }
    }

    /// Reads a version and decodes its value. Also returns the number of bytes that the version takes in the store.
    #[allow(dead_code, reason = "only workers need the number of bytes")]
    pub(crate) fn read_sized<T: Stored>(&self, object: ObjectId, version: Epoch) -> Result<(T, usize)> {
        let bytes = self.backend().read(object, version)?;
        let length = bytes.len();
        let mut value = None;
        let read = self.decode_into(bytes, stored::of::<T>(), &mut value);
        Ok((read_value(read, value)?, length))
    }

    /// Decodes the bytes of a version, and keeps the value in `place`, which is for a value of the type `known`. If the
    /// value is of another definition of its type, the error says which field differs first, as far as the store has
    /// the description of that definition.
    pub(crate) fn decode_into(&self, bytes: Bytes, known: &Known, place: &mut dyn Decode) -> Result<()> {
        let span = event::decode(&known.name, bytes.len());
        let is_mapped = bytes.is_mapped();
        let version = VersionBytes { held: Arc::new(bytes), is_mapped };
        let opened = codec::envelope::open(&version, known, self.session.max_object_bytes, place);
        let opened = opened.map_err(|error| self.explain_mismatch(version.bytes(), known, error));
        span.result(&opened);
        opened
    }

    /// Checks that the bytes of a version are a value of the type `known`, and decodes nothing.
    pub(crate) fn check_type(&self, bytes: &[u8], known: &Known) -> Result<()> {
        codec::envelope::check(bytes, known).map_err(|error| self.explain_mismatch(bytes, known, error))
    }

    /// Checks the first bytes of a version that has `length` bytes, and returns the number of its codec. Compares no
    /// checksum.
    pub(crate) fn check_head(&self, head: &[u8], length: usize, known: &Known) -> Result<u8> {
        let checked = codec::envelope::check_head(head, length, known, self.session.max_object_bytes);
        checked.map_err(|error| self.explain_mismatch(head, known, error))
    }

    /// Adds to a `SchemaMismatch` which field differs first, if the store has the description of the other definition.
    /// Returns every other error unchanged.
    fn explain_mismatch(&self, bytes: &[u8], known: &Known, error: Error) -> Error {
        match codec::envelope::fingerprint(bytes) {
            Some(fingerprint) if error.kind() == ErrorKind::SchemaMismatch && fingerprint != known.fingerprint.0 => {
                let there = self.backend().description(fingerprint);
                let found = there.and_then(|there| difference(&known.text(), &there));
                found.map_or(error, |found| codec::envelope::other_definition(known, &found))
            }
            _ => error,
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&format_args!("{}", self.session.address)).finish()
    }
}
