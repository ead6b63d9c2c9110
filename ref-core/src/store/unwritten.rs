//! What an owner's loaded value has that the store lacks, and what the owner's drop leaves behind.

use super::Store;
use super::object::OwnerState;
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

impl OwnerState {
    /// Returns what the loaded value has that the store lacks.
    pub(crate) fn unwritten(&self) -> Unwritten {
        self.unwritten
    }

    /// Notes that the loaded value may have changed, or has been written. Drops the file that an earlier value came in.
    #[inline]
    pub(crate) fn note_change(&mut self, unwritten: Unwritten) {
        if self.unwritten == Unwritten::Version {
            self.drop_file();
        }
        self.unwritten = unwritten;
    }

    #[cold]
    fn drop_file(&mut self) {
        self.rare.iter_mut().for_each(|rare| rare.file = None);
    }

    /// Notes that the loaded value came from another process: in this file, if it can become a version of the object.
    #[allow(dead_code, reason = "only remote calls bring values")]
    pub(crate) fn note_received(&mut self, file: Option<Arc<VersionFile>>) {
        self.note_change(Unwritten::Value);
        if file.is_some() {
            self.rare.get_or_insert_default().file = file;
            self.unwritten = Unwritten::Version;
        }
    }

    pub(super) fn file(&self) -> Option<&Arc<VersionFile>> {
        self.rare.as_ref()?.file.as_ref()
    }

    /// Has the owner's drop detach the object, or remove it as usual.
    pub(crate) fn set_left(&mut self, left: Option<LeaveBehind>) {
        match (left, &mut self.rare) {
            (None, None) => {}
            (left, rare) => rare.get_or_insert_default().left = left,
        }
    }
}
