//! The removal of an object by its id.

use super::turn::reserve;
use crate::error::{ErrorKind, HeldAs, Result};
use crate::id::ObjectId;
use crate::ledger::Command;
use crate::store::Store;
use std::panic::Location;
use std::time::Duration;

impl Store {
    /// Removes a detached or published object by its id, whatever its type is, and returns whether it was in the store.
    /// Tools, which have no key, call this with an id from [`objects`](Store::objects). An id is never that of another
    /// object: if another object has the name meanwhile, that one stays.
    ///
    /// # Errors
    /// `Conflict` if the object has an owner, or if it is published and a session borrows it; else the errors of the
    /// store, such as `Io` or `Unreachable`.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let (_key, owned) = (store.put(1_u64)?.detach()?, store.put(2_u64)?);
    /// let objects = store.objects()?;
    /// assert!(store.remove_object(objects[0].id)?);
    /// assert!(!store.remove_object(objects[0].id)?);
    /// assert_eq!(store.remove_object(owned.id()).unwrap_err().kind(), ref_core::ErrorKind::Conflict);
    ///
    /// let _named = owned.publish("count")?;
    /// let published = store.objects()?;
    /// assert!(store.remove_object(published[0].id)?);
    /// assert!(store.names("")?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn remove_object(&self, object: ObjectId) -> Result<bool> {
        let (backend, at) = (self.backend(), Location::caller());
        let evict = || backend.apply(object, Command::Evict, &[], at).map(|_| true);
        let removed = evict().or_else(|error| match error.conflict().map(|conflict| conflict.held) {
            // The rules let only a writer remove a published object.
            Some(HeldAs::Published) => {
                let _borrow = reserve(self, object, Duration::ZERO, at)?;
                evict()
            }
            _ => Err(error),
        });
        match removed {
            Err(error) if error.kind() == ErrorKind::Gone => return Ok(false),
            removed => removed?,
        };
        // The name leads to nothing, and another object can get it. So a failure is no error.
        for (name, _) in backend.names("").unwrap_or_default().iter().filter(|(_, led)| *led == object) {
            let _left_behind = backend.forget_name(name, object);
        }
        Ok(true)
    }
}
