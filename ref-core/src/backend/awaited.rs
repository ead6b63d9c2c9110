//! What an async call waits for.

use super::{Backend, ObjectName};
use crate::id::{Epoch, ObjectId};
use crate::sync::plain::AtomicU32;

/// What a call waits for that does not block its thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// The borrowers of the object, as in [`Backend::wait`].
    Borrowers(ObjectId),
    /// The readers of the object that the call has reserved.
    Readers(ObjectId),
    /// A version of the object after this one, as in [`Backend::wait_for_version`].
    Version(ObjectId, Epoch),
    /// The detachment of the object, as in [`Backend::wait_for_detach`].
    Detachment(ObjectId),
    /// An object of this name, as in [`Backend::wait_for_name`].
    Name(ObjectName),
}

impl Awaited {
    /// Returns the object that is waited for; `None` for an object of a name.
    pub(crate) fn object(&self) -> Option<ObjectId> {
        match *self {
            Self::Borrowers(object) | Self::Readers(object) | Self::Version(object, _) | Self::Detachment(object) => {
                Some(object)
            }
            Self::Name(_) => None,
        }
    }

    /// Returns the name of which an object is waited for; `None` for a wait for an object.
    pub(crate) fn name(&self) -> Option<&ObjectName> {
        match self {
            Self::Name(name) => Some(name),
            Self::Borrowers(_) | Self::Readers(_) | Self::Version(..) | Self::Detachment(_) => None,
        }
    }

    /// Takes the watch that a wait needs, before the call looks whether it has to wait.
    pub(crate) fn watch(&self, backend: &dyn Backend) -> Watch {
        match self {
            Self::Name(name) => backend.watch_name(name),
            Self::Version(object, _) => backend.watch_version(*object),
            Self::Borrowers(object) | Self::Readers(object) | Self::Detachment(object) => backend.watch(*object),
        }
    }
}

/// A word that all processes of a store share, by which their reactors are woken.
pub(crate) trait Doorbell: Send + Sync {
    /// Notes that the reactor of this process is about to sleep. Returns the word, and the number to sleep on. The
    /// reactor then looks for changes once more.
    fn announce(&self) -> (&AtomicU32, u32);
}

/// A snapshot of a counter of changes: of an object's, or of the publications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watch(pub(crate) u32);
