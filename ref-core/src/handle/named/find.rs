//! A name in a store, and the object that the name leads to.

use crate::backend::{Caller, ObjectName};
use crate::error::{Error, ErrorKind, HeldAs, Result};
use crate::id::ObjectId;
use crate::store::Store;
use crate::sync::{Mutex, lock};

/// A name in a store. Remembers the object that the name led to last. The id of a published object belongs to its name
/// for ever, so the object is either still the name's, or not published any more.
pub(in crate::handle) struct RawNamed {
    pub(in crate::handle) store: Store,
    pub(in crate::handle) name: ObjectName,
    led: Mutex<Option<ObjectId>>,
}

impl RawNamed {
    pub(super) fn new(store: Store, name: ObjectName) -> Self {
        Self { store, name, led: Mutex::new(None) }
    }

    /// Runs `act` on the object that the name leads to. If the object is not published any more, runs `act` on the next
    /// object of the name.
    ///
    /// # Errors
    /// `NotFound` if no object is published under the name; else the errors of `act` and of the store.
    pub(in crate::handle) fn on_object<R>(&self, act: impl FnMut(ObjectId) -> Result<R>) -> Result<R> {
        let remembered = *lock(&self.led);
        self.on_object_from(remembered, act)
    }

    /// Does what [`on_object`](Self::on_object) does. `remembered` is an object to which the name has led, if one is
    /// known.
    pub(super) fn on_object_from<R>(
        &self,
        remembered: Option<ObjectId>,
        mut act: impl FnMut(ObjectId) -> Result<R>,
    ) -> Result<R> {
        let backend = self.store.backend();
        let mut led = remembered.map_or_else(|| backend.named(&self.name), |object| Ok(Some(object)))?;
        let mut is_settled = false;
        while let Some(object) = led {
            let error = match act(object) {
                Err(error) if is_unpublished(&error) => error,
                done if remembered == led => return done,
                done => {
                    *lock(&self.led) = Some(object);
                    return done;
                }
            };
            let mut next = backend.named(&self.name)?;
            if next == led {
                if is_settled || error.kind() == ErrorKind::Gone {
                    break;
                }
                // The owner may be publishing the object at this moment.
                backend.settle_name(&self.name)?;
                is_settled = true;
                next = backend.named(&self.name)?;
            }
            led = next;
        }
        *lock(&self.led) = None;
        Err(self.not_found())
    }

    /// Gives `object`, which this session owns, the name.
    pub(super) fn publish(&self, object: ObjectId, at: Caller) -> Result<()> {
        self.store.backend().publish(object, &self.name, at)?;
        *lock(&self.led) = Some(object);
        Ok(())
    }

    /// Takes the name from an object that is not published any more. A failure is no error: the name leads to nothing,
    /// and another object can get it.
    pub(super) fn forget(&self, object: ObjectId) {
        *lock(&self.led) = None;
        let _left_behind = self.store.backend().forget_name(&self.name, object);
    }

    fn not_found(&self) -> Error {
        Error::new(ErrorKind::NotFound, format!("no object is published under the name `{}`", self.name)).with_remedy(
            "`publish` an owner under it, `set` it, or use `get_or_insert_with`; `Store::names` lists the names",
        )
    }
}

impl Clone for RawNamed {
    fn clone(&self) -> Self {
        Self { store: self.store.clone(), name: self.name.clone(), led: Mutex::new(*lock(&self.led)) }
    }
}

/// Returns whether the error says that the object of a call is not published any more, or not yet.
pub(in crate::handle) fn is_unpublished(error: &Error) -> bool {
    let has_owner = |held| matches!(held, HeldAs::Owner | HeldAs::InTransit | HeldAs::Orphan | HeldAs::Detached);
    error.kind() == ErrorKind::Gone || error.conflict().is_some_and(|conflict| has_owner(conflict.held))
}
