//! Opening a store, with settings.

use super::{Session, Store};
use crate::backend::{Absolute, Address, Settings, WarningLimits, observed};
use crate::codec;
use crate::error::{Error, ErrorKind, Result};
use crate::event;
use crate::random::Nonces;
use crate::sync::{Arc, RwLock};
use std::time::Duration;

/// Settings for opening a store. A setting that is not set has a default.
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// use ref_core::StoreOptions;
///
/// let store = StoreOptions::new().max_object_bytes(1 << 16).open("memory:")?;
/// let refused = store.put(vec![0_u64; 1 << 20]).unwrap_err();
/// assert_eq!(refused.kind(), ref_core::ErrorKind::TooLarge);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing until `open` is called on them"]
pub struct StoreOptions {
    pub(super) settings: Settings,
    max_object_bytes: usize,
    held_warning: Duration,
}

/// A time that is never over: a hundred years. Every backend counts this many milliseconds from now.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// How long an object is held before an event tells it, by default.
const HELD_WARNING: Duration = Duration::from_secs(60);

/// The shortest `session_timeout`: a shorter lease could run out before it is renewed.
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(20);

impl StoreOptions {
    /// Returns the defaults: 65,536 objects of up to 1 GiB each, 65,536 names, 1,024 sessions, and ten minutes for an
    /// ownership ticket. The numbers of objects and sessions are limited at `shm:` and `file:` only. On a server a session
    /// may be silent for 10 seconds, a call waits 5 seconds for a reply, and orphans are kept for a day.
    pub fn new() -> Self {
        Self { settings: Settings::default(), max_object_bytes: codec::MOST, held_warning: HELD_WARNING }
    }

    /// Sets how many objects the store can hold at a time. Has an effect on `shm:` and `file:` only, and only if
    /// [`open`](Self::open) makes the store. [`Stats::max_objects`](crate::Stats::max_objects) is the limit of the
    /// opened store.
    pub fn max_objects(mut self, objects: u32) -> Self {
        self.settings.max_objects = objects;
        self
    }

    /// Sets how much memory the store may set aside for small values, in bytes; by default 1 KiB for each of
    /// [`max_objects`](Self::max_objects). Has an effect on `shm:` and `file:` only, and only if [`open`](Self::open)
    /// makes the store.
    ///
    /// Values of up to some 4 KiB are kept there, in cells of 176 bytes, and such a value is put, committed, read and
    /// dropped without a call of the system. The memory is set aside when it is needed, in steps of 176 KiB, and kept
    /// for the next values until the store is removed. A value for which there is no room there has a file of its own,
    /// as larger ones have. With 0, every value has one.
    pub fn small_value_bytes(mut self, bytes: u64) -> Self {
        self.settings.small_value_bytes = Some(bytes);
        self
    }

    /// Sets how much memory of dropped and replaced values this session keeps for its next ones, in bytes; none by
    /// default. Has an effect on stores in shared memory only: `shm:`, and `file:` on tmpfs.
    ///
    /// Fresh pages of shared memory cost more than the copy into them. So the file of a value of 32 KiB or more, when
    /// the value is dropped or replaced, is kept for the next value of about its size, of this session. A file that
    /// something still reads is not written: a [`Bulk`](crate::Bulk) keeps its elements, in every process. The
    /// memory is given back when the session ends, and when a call of any session finds the store full. It is not
    /// part of what [`stats`](crate::Store::stats) counts.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// use ref_core::{Bulk, StoreOptions};
    ///
    /// let store = StoreOptions::new().recycled_bytes(64 << 20).open("memory:")?;
    /// for step in 0..3_u64 {
    ///     let column = store.put(Bulk::from_vec(vec![step; 1 << 17]))?; // 1 MiB, in the memory of the last one
    ///     assert_eq!(column.borrow()?[0], step);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn recycled_bytes(mut self, bytes: u64) -> Self {
        self.settings.recycled_bytes = bytes;
        self
    }

    /// Sets how many bytes the values in the store may take for this session to write another one; no limit by default.
    /// Has an effect on `memory:`, `shm:` and `file:`. A store on a server has the server's limit, and
    /// [`open`](Self::open) is `Unsupported`.
    ///
    /// A put or commit that would exceed the limit fails with [`StoreFull`](ErrorKind::StoreFull), before anything is
    /// written. What counts are the bytes of [`Stats::bytes`](crate::Stats::bytes), of all sessions: those of the
    /// objects' current versions. A version that is replaced counts until the new one is committed. A version that only
    /// a [`Bulk`](crate::Bulk) still points to does not count, and neither does the memory of
    /// [`recycled_bytes`](Self::recycled_bytes).
    ///
    /// The bytes are counted anew at least every 10 ms while values are written, or ten times as seldom as counting
    /// takes. So this session may exceed the limit by what other sessions have written since, and no value is refused
    /// without a new count.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// use ref_core::{ErrorKind, StoreOptions};
    ///
    /// let store = StoreOptions::new().max_bytes(10_000).open("memory:")?;
    /// let first = store.put(vec![0_u8; 6_000])?;
    /// assert_eq!(store.put(vec![0_u8; 6_000]).unwrap_err().kind(), ErrorKind::StoreFull);
    /// drop(first);
    /// let second = store.put(vec![0_u8; 6_000])?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.settings.max_bytes = Some(bytes);
        self
    }

    /// Sets how many sessions can have the store open at a time. Has an effect on `shm:` and `file:` only, and only if
    /// [`open`](Self::open) makes the store. [`Stats::max_sessions`](crate::Stats::max_sessions) is the limit of the
    /// opened store.
    pub fn max_sessions(mut self, sessions: u32) -> Self {
        self.settings.max_sessions = sessions;
        self
    }

    /// Sets how many names the store may have for this session to add another; 65,536 by default. If the store has as
    /// many, [`Named::set`](crate::Named::set) of a new name fails with
    /// [`TooManyNames`](ErrorKind::TooManyNames).
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// use ref_core::{ErrorKind, StoreOptions};
    ///
    /// let store = StoreOptions::new().max_names(1).open("memory:")?;
    /// store.named::<u64>("first")?.set(1)?;
    /// store.named::<u64>("first")?.set(2)?; // no new name
    /// assert_eq!(store.named::<u64>("second")?.set(1).unwrap_err().kind(), ErrorKind::TooManyNames);
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_names(mut self, names: u32) -> Self {
        self.settings.max_names = names;
        self
    }

    /// Sets how many bytes one encoded value may take, with the arrays of each [`Bulk`](crate::Bulk) in it; 1 GiB by
    /// default, and at most 1 TiB on 64-bit hosts. Without its arrays, a value takes 1 GiB at most. This session neither
    /// writes nor reads larger values.
    pub fn max_object_bytes(mut self, bytes: usize) -> Self {
        self.max_object_bytes = bytes;
        self
    }

    /// Sets how long an ownership ticket of this session can be claimed; ten minutes by default. An object that was not
    /// claimed in that time cannot be claimed any more, and is removed later.
    ///
    /// With `None`, a ticket can be claimed as long as its store is there. That is for a stream, whose reader may be far
    /// behind. An object whose ticket was lost stays for as long, and
    /// [`Store::objects`](crate::Store::objects) lists it as in transit.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// let store = ref_core::StoreOptions::new().ticket_timeout(None).open("memory:")?;
    /// let line = store.put(vec![1_u64])?.into_ticket()?.to_text(); // into a queue, until tomorrow
    /// assert_eq!(store.claim::<Vec<u64>>(line.parse()?)?.into_inner()?, [1]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn ticket_timeout(mut self, time: impl Into<Option<Duration>>) -> Self {
        self.settings.ticket_timeout = time.into().unwrap_or(FOREVER);
        self
    }

    /// Lets the copy of a store's folder, such as one that `cp -a` has made, become another store: the copy gets a new
    /// number. This setting has no effect on a store that is no copy.
    ///
    /// Without this setting a copy is refused, since tickets, keys and workers could not tell the two stores apart. No
    /// ticket or key of the other store fits the copy. The first session that opens the copy with this setting must be
    /// the only one that has it open.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use ref_core::{ErrorKind, Store, StoreOptions};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let address = |name: &str| format!("file:{}", folder.path().join(name).display());
    /// drop(Store::open(&address("lab"))?);
    /// std::process::Command::new("cp").arg("-a").args(["lab", "copy"]).current_dir(&folder).status()?;
    ///
    /// assert_eq!(Store::open(&address("copy")).unwrap_err().kind(), ErrorKind::StoreCopied);
    /// drop(StoreOptions::new().as_copy().open(&address("copy"))?);
    /// drop(Store::open(&address("copy"))?);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(target_os = "linux"))] fn main() {}
    /// ```
    pub fn as_copy(mut self) -> Self {
        self.settings.as_copy = true;
        self
    }

    /// Sets how long a session on a server stays alive without a renewal; 10 seconds by default. A thread renews the
    /// session whenever a third of this time has passed. A session whose process is stopped or cut off for longer is
    /// lost.
    pub fn session_timeout(mut self, time: Duration) -> Self {
        self.settings.session_timeout = time;
        self
    }

    /// Sets how long a server keeps the objects of a lost session, so that they can be [attached
    /// again](crate::Owned::reattach); a day by default. After that time, the store's sessions remove these objects.
    pub fn keep_orphans_for(mut self, time: Duration) -> Self {
        self.settings.keep_orphans_for = time;
        self
    }

    /// Sets how long a call waits for the reply of a server; 5 seconds by default.
    pub fn server_timeout(mut self, time: Duration) -> Self {
        self.settings.server_timeout = time;
        self
    }

    /// Sets after which time the event `held` tells that an object is borrowed or lent, with the feature `tracing`; one
    /// minute by default. Without the feature, the setting has no effect.
    ///
    /// No thread looks at the time. A borrow or loan of this session is told when it ends. What another session holds is
    /// told when it is in the way of a call of this one, once.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// use std::time::Duration;
    ///
    /// let store = ref_core::StoreOptions::new().held_warning(Duration::from_secs(5)).open("memory:")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn held_warning(mut self, held: Duration) -> Self {
        self.held_warning = held;
        self
    }

    /// Sets how many replicas of a server acknowledge a new version before the call that wrote it returns; none by
    /// default, which costs nothing. With a replica, a value that a call has acknowledged is still there after a
    /// failover to that replica.
    ///
    /// The calls are those that put, commit or flush a value. Such a call waits for up to
    /// [`server_timeout`](Self::server_timeout). If too few replicas have acknowledged in time, the error is
    /// [`CommittedNotReplicated`](ErrorKind::CommittedNotReplicated): the value is committed, the handle is as after a
    /// success, and the same call, made again, waits again. [`Store::put`] has no handle to return: it removes its
    /// object again, and its error is [`Timeout`](ErrorKind::Timeout).
    ///
    /// Borrows, ends of loans and changes of owners are not waited for. A worker's session waits for no replica.
    /// [`open`](Self::open) is `Unsupported` for a store that is on no server.
    ///
    /// ```no_run
    /// # fn main() -> ref_core::Result<()> {
    /// use ref_core::{ErrorKind, StoreOptions};
    ///
    /// let store = StoreOptions::new().replicas(1).open("redis://10.0.0.1")?;
    /// let mut list = store.put(vec![1_u64])?; // a replica has it
    /// list.borrow_mut()?.push(2);
    /// match list.flush() {
    ///     Err(error) if error.kind() == ErrorKind::CommittedNotReplicated => {
    ///         eprintln!("{error}"); // written, but a failover may lose it
    ///     }
    ///     flushed => flushed?,
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// ```
    /// use ref_core::{ErrorKind, StoreOptions};
    ///
    /// let error = StoreOptions::new().replicas(1).open("memory:").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Unsupported);
    /// ```
    pub fn replicas(mut self, replicas: u32) -> Self {
        self.settings.replicas = replicas;
        self
    }

    /// Opens the store at `address` with these settings. Makes the store if there is none.
    ///
    /// # Errors
    /// The errors of [`Store::open`]. `Unsupported` also if a setting is too small or too large, if
    /// [`replicas`](Self::replicas) are set and the store is on no server, or if [`max_bytes`](Self::max_bytes) is set and
    /// the store is on a server.
    pub fn open(&self, address: &str) -> Result<Store> {
        self.check()?;
        self.attach(Address::parse(address)?)
    }

    /// Opens the store that another process has opened. If that store is gone, makes no store and fails with
    /// `StoreRemoved`.
    #[allow(dead_code, reason = "only remote calls do")]
    pub(crate) fn open_existing(mut self, absolute: &Absolute) -> Result<Store> {
        self.settings.must_exist = true;
        self.attach(absolute.to_address()?)
    }

    fn attach(&self, address: Address) -> Result<Store> {
        let span = event::open(&address);
        let limits = WarningLimits { held: self.held_warning, max_bytes: self.settings.max_bytes };
        let opened = address.open(self.settings).and_then(|session| observed(session, &address, limits));
        span.result(&opened);
        let (backend, local) = opened?;
        let id = backend.id();
        let (max_object_bytes, described, nonces) = (self.max_object_bytes, RwLock::default(), Nonces::new());
        let liveness = backend.liveness();
        let session = Session { backend, liveness, id, max_object_bytes, address, described, nonces, local };
        Ok(Store { session: Arc::new(session) })
    }

    fn check(&self) -> Result<()> {
        let refuse = |what: String| Err(Error::new(ErrorKind::Unsupported, what));
        match self {
            Self { settings: Settings { max_objects: 0, .. }, .. } => {
                refuse("`max_objects` is zero: the store could hold nothing".into())
            }
            Self { settings: Settings { max_sessions: 0, .. }, .. } => {
                refuse("`max_sessions` is zero: no process could open the store".into())
            }
            Self { settings: Settings { session_timeout, .. }, .. } if *session_timeout < SHORTEST_TIMEOUT => refuse(
                format!("`session_timeout` is at least {SHORTEST_TIMEOUT:?}, and {session_timeout:?} was asked for"),
            ),
            Self { settings: Settings { server_timeout: Duration::ZERO, .. }, .. } => {
                refuse("`server_timeout` is zero: no server could reply in time".into())
            }
            Self { settings: Settings { ticket_timeout: Duration::ZERO, .. }, .. } => {
                refuse("`ticket_timeout` is zero: no ownership ticket could be claimed in time".into())
            }
            Self { settings: Settings { max_bytes: Some(0), .. }, .. } => {
                refuse("`max_bytes` is zero: the store could hold nothing".into())
            }
            Self { max_object_bytes: 0, .. } => refuse("`max_object_bytes` is zero: no value is so small".into()),
            Self { max_object_bytes, .. } if *max_object_bytes > codec::MOST_WITH_ARRAYS => refuse(format!(
                "`max_object_bytes` is at most {} bytes, and {max_object_bytes} were asked for",
                codec::MOST_WITH_ARRAYS
            )),
            _ => Ok(()),
        }
    }
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl Store {
    /// Opens the store at `address`. Makes the store if there is none.
    ///
    /// # Errors
    /// `Unsupported` if the address is none of those in the table of [`Store`], or if this platform, build or server
    /// does not support it. Otherwise the errors of the folder or server: for example `NotPermitted`, `StoreCopied`,
    /// `TooManySessions`, `StoreFull`, `UnsupportedFilesystem`, `Timeout`, `Corrupt` or `Io`, and for a server also
    /// `Unreachable` and `UnsafeConfiguration`.
    pub fn open(address: &str) -> Result<Self> {
        StoreOptions::new().open(address)
    }
}
