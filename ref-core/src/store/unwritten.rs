//! What an owner's loaded value has that the store lacks, and what the owner's drop leaves behind.

use super::Store;
use crate::backend::VersionFile;
use crate::error::DetachedKey;
use crate::id::ObjectId;
use crate::schema::Known;
use crate::sync::Arc;

/// What a loaded value has that the store lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unwritten {
    /// Nothing: the value was read from `base`, or written as it.
    Nothing,
    /// The value may have changed since.
    Value,
    /// The value is that of a version which another process has written to a file, and was not changed since.
    Version,
}

/// What few owners have.
#[derive(Debug, Default)]
pub(super) struct RareState {
    /// If this is set, the owner's drop detaches the object; otherwise the drop removes it.
    pub(super) left: Option<LeaveBehind>,
    /// What `left` is, of an object whose value could not be read so far.
    pub(super) unreadable: Option<LeaveBehind>,
    /// The file of [`Unwritten::Version`].
    pub(super) file: Option<Arc<VersionFile>>,
}

/// What the owner's drop needs to detach the object. `OwnedLoan` sets this when its loan could not be ended: `?` may
/// then drop the owner, and the object has to stay in the store.
#[derive(Clone, Debug)]
pub(crate) struct LeaveBehind {
    /// Returns the object's key as text.
    pub(crate) name: fn(&Store, ObjectId, &'static Known) -> String,
    /// Returns the name and fingerprint of the object's type.
    pub(crate) known: fn() -> &'static Known,
    /// The place where the drop writes that text, and from which the error reads it.
    pub(crate) key: DetachedKey,
}
