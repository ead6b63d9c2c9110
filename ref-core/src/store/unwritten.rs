//! What an owner's loaded value has that the store lacks, and what the owner's drop leaves behind.

use super::Store;
use crate::backend::VersionFile;
use crate::error::DetachedKey;
use crate::id::ObjectId;
use crate::ledger::Command;
use crate::schema::Known;
use crate::sync::{Arc, Instant, deadline};
use std::time::Duration;

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
    /// When the object would have gone, if its adoption took a time away. An object whose value cannot be read gets back
    /// what is left.
    pub(super) goes: Option<GoesAt>,
    /// The file of [`Unwritten::Version`].
    pub(super) file: Option<Arc<VersionFile>>,
}

/// What the owner's drop needs to detach the object. `OwnedLoan` sets this when its loan could not be ended: `?` may
/// then drop the owner, and the object has to stay in the store.
#[derive(Clone, Debug)]
pub(crate) struct LeaveBehind {
    /// Returns the object's key as text. The command is that which detached the object.
    pub(crate) name: fn(&Store, ObjectId, Command, &'static Known) -> String,
    /// Returns the name and fingerprint of the object's type.
    pub(crate) known: fn() -> &'static Known,
    /// The place where the drop writes that text, and from which the error reads it.
    pub(crate) key: DetachedKey,
}

/// The end of the time of an object; `None` is later than every time.
#[derive(Clone, Copy, Debug)]
pub(super) struct GoesAt(Option<Instant>);

impl GoesAt {
    pub(super) fn after(time: Duration) -> Self {
        Self(deadline(time))
    }
}

impl RareState {
    /// Returns the command that leaves an object as its adoption found it.
    pub(super) fn as_found(&self) -> Command {
        let left = |end: Instant| end.saturating_duration_since(Instant::now());
        match self.goes {
            Some(GoesAt(end)) => Command::DetachFor { time: end.map_or(Duration::MAX, left) },
            None => Command::Detach,
        }
    }

    /// Returns what the owner's drop needs to detach the object, and the command for that; `None` if the drop removes the
    /// object.
    pub(super) fn into_left(self) -> Option<(LeaveBehind, Command)> {
        let as_found = self.as_found();
        let left = self.left.map(|left| (left, Command::Detach));
        left.or_else(|| self.unreadable.map(|left| (left, as_found)))
    }
}
