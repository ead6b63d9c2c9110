//! Errors: what was refused and why, which process holds the object, and what to do about it.

pub(crate) mod conflict;
mod kind;
mod refused;

pub(crate) use conflict::{AccessKind, Holders};
pub use conflict::{Conflict, HeldAs, Holder};
pub use kind::ErrorKind;
pub use refused::{Refused, WithoutHandle};

use crate::sync::{Arc, OnceLock};
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

/// The result of every call of this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call of this crate failed. An `Error` is one pointer in size.
///
/// `Display` writes one sentence, and a remedy if there is one. [`kind`](Error::kind) is for programs to match on, and
/// [`conflict`](Error::conflict) says which process holds what. Where a kind stands for a [rule](crate::guide::rules),
/// its documentation names the rule.
///
/// ```
/// use ref_core::{ErrorKind, Store};
///
/// let error = Store::open("ftp://somewhere").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Unsupported);
/// assert!(error.to_string().contains("shm://NAME"));
/// ```
pub struct Error {
    inner: Box<Inner>,
}

/// The text of a detached object's key, which is set when the object is detached. An `OwnedLoan` shares this text with
/// the errors of its failed ends and revocations, and an adopted owner with those of its failed reads.
pub(crate) type DetachedKey = Arc<OnceLock<String>>;

struct Inner {
    kind: ErrorKind,
    message: String,
    remedy: Option<Cow<'static, str>>,
    conflict: Option<Conflict>,
    source: Option<Box<dyn StdError + Send + Sync>>,
    /// The text that [`Error::key`] returns.
    detached: Option<DetachedKey>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let inner = Inner { kind, message: message.into(), remedy: None, conflict: None, source: None, detached: None };
        Self { inner: Box::new(inner) }
    }

    /// Makes an error from an error of the operating system, with a kind, and with a remedy if this crate knows one.
    pub(crate) fn io(what: impl Into<String>, source: std::io::Error) -> Self {
        use std::io::ErrorKind as Os;
        let (kind, remedy) = match source.kind() {
            Os::StorageFull | Os::QuotaExceeded => (
                ErrorKind::StoreFull,
                "free some space there, or open the store on a larger file system (`REF_STORE_DIR`, or `file:PATH`)",
            ),
            Os::PermissionDenied => (ErrorKind::NotPermitted, "open a store that belongs to this user"),
            Os::FileTooLarge => (ErrorKind::FileSizeLimit, "raise the limit on file sizes (`ulimit -f`)"),
            Os::OutOfMemory => (ErrorKind::NoAddressSpace, "drop some leases, or raise `vm.max_map_count`"),
            _ => (ErrorKind::Io, ""),
        };
        let descriptors = matches!(source.raw_os_error(), Some(23 | 24));
        let (kind, remedy) = match descriptors {
            true => (ErrorKind::NoDescriptors, "raise the limit (`ulimit -n`)"),
            false => (kind, remedy),
        };
        let error = Self::new(kind, format!("{}: {source}", what.into())).with_source(source);
        match remedy {
            "" => error,
            remedy => error.with_remedy(remedy),
        }
    }

    /// Puts `place` before the message.
    #[allow(dead_code, reason = "only remote functions take lists of objects")]
    pub(crate) fn within(mut self, place: impl fmt::Display) -> Self {
        self.inner.message = format!("{place}: {}", self.inner.message);
        self
    }

    pub(crate) fn with_remedy(mut self, remedy: impl Into<Cow<'static, str>>) -> Self {
        self.inner.remedy = Some(remedy.into());
        self
    }

    pub(crate) fn with_conflict(mut self, conflict: Conflict) -> Self {
        self.inner.conflict = Some(conflict);
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// Notes that a drop of the call's handle will detach the object, and that `key` has the text of the object's key
    /// from then on.
    pub(crate) fn with_detached(mut self, key: DetachedKey) -> Self {
        self.inner.detached = Some(key);
        self
    }

    /// Returns the message, without the conflict and the remedy.
    #[allow(dead_code, reason = "only remote functions send errors")]
    pub(crate) fn bare_message(&self) -> &str {
        &self.inner.message
    }

    /// Returns the remedy that the error was given.
    #[allow(dead_code, reason = "only remote functions send errors")]
    pub(crate) fn bare_remedy(&self) -> Option<&str> {
        self.inner.remedy.as_deref()
    }

    /// Returns the sentence without its remedy, and the remedy if there is one.
    pub(crate) fn message_and_remedy(&self) -> (String, Option<Cow<'_, str>>) {
        let message = match &self.inner.conflict {
            Some(conflict) => format!("{}: {conflict}", self.inner.message),
            None => self.inner.message.clone(),
        };
        let remedy = match self.key() {
            Some(key) => Some(Cow::Owned(format!(
                "the object was left in the store, detached: become its owner with `adopt`, by its key `{key}`"
            ))),
            None => self.inner.remedy.as_deref().map(Cow::Borrowed),
        };
        (message, remedy)
    }

    /// Returns what kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// Returns whether the same call may succeed later, with nothing else changed by the caller.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.kind().is_retryable()
    }

    /// Returns what is held, and by which process, if that is why the call failed.
    #[must_use]
    pub fn conflict(&self) -> Option<&Conflict> {
        self.inner.conflict.as_ref()
    }

    /// Returns the key of the object that a drop has left in the store: the text of a [`Key`](crate::Key), for
    /// [`adopt`](crate::Store::adopt).
    ///
    /// When an [`OwnedLoan`](crate::OwnedLoan) cannot be ended, `?` drops the loan and passes the error on. The drop
    /// detaches the object instead of removing it, and the error has the key from then on. So does the drop of an adopted
    /// object whose first read has failed. Returns `None` before the drop, after a drop that could not detach the object,
    /// and for every other error.
    ///
    /// ```
    /// # use ref_core::{Key, Result, Store};
    /// # use std::time::Duration;
    /// # fn main() -> Result<()> {
    /// fn work(store: &Store) -> Result<()> {
    ///     let lent = store.put(vec![1_u64])?.into_loan()?;
    ///     let reader = store.redeem(lent.ticket()?)?;
    ///     let _ = lent.end_timeout(Duration::ZERO)?; // the reader still has its lease: the list is left behind
    ///     drop(reader);
    ///     Ok(())
    /// }
    ///
    /// let store = Store::open("memory:")?;
    /// let error = work(&store).unwrap_err();
    /// let key: Key<Vec<u64>> = error.key().expect("what was lent is still there").parse()?;
    /// assert_eq!(*store.adopt(key)?.borrow()?, [1]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.inner.detached.as_ref()?.get().map(String::as_str)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (message, remedy) = self.message_and_remedy();
        f.write_str(&message)?;
        match remedy {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.inner.kind)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_deref().map(|source| source as _)
    }
}
