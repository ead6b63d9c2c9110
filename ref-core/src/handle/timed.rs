//! `put_for` and `extend`: detached objects that go when their time is over.

use crate::error::Result;
use crate::handle::key::{Key, timed_key};
use crate::ledger::Command;
use crate::store::Store;
use crate::store::functions::functions;
use crate::store::object::RawOwned;
use crate::stored::Stored;
use std::panic::Location;
use std::time::Duration;

impl Store {
    /// Puts `value` into the store as a new object without an owner, which goes when `time` is over, and returns its key.
    /// [`extend`](Store::extend) lets it stay for longer.
    ///
    /// When the time is over, no call by the key finds the object. The next call that meets the object removes it, and so
    /// do [`reap`](Store::reap) and each call that needs room. A read or a borrow that began before is whole. A process
    /// that [adopts](Store::adopt) the object in time owns it like any other, and the object has no time any more: if that
    /// process dies or detaches the object, it stays. An object whose value the adopter cannot read has its time again.
    ///
    /// The time is counted by the clock of the server; in memory and on one host, by a clock that stands still while the
    /// machine is suspended. It is never shorter than `time`: a fraction of a tenth of a second counts as a whole one.
    /// After a restart of the machine, an object at `file:` has what was left of the time when a session last put such an
    /// object, extended a time, [reaped](Store::reap) or ended. The time while the machine was off is not counted. A store with such an object is not removed when its
    /// last session ends, unless the object's time is over by then.
    ///
    /// # Errors
    /// Those of [`put`](Store::put). A failed call leaves no object, but for `Indeterminate`: a server whose reply was lost
    /// may have the object, for its time.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// use ref_core::{ErrorKind, Store};
    /// use std::time::Duration;
    ///
    /// let store = Store::open("memory:")?;
    /// let session = store.put_for(String::from("ann"), Duration::from_secs(3600))?;
    /// assert_eq!(store.get(&session)?, "ann"); // in any process
    /// store.extend(&session, Duration::from_secs(7200))?;
    ///
    /// let short = store.put_for(String::from("bob"), Duration::ZERO)?;
    /// assert_eq!(store.get(&short).unwrap_err().kind(), ErrorKind::Gone);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn put_for<T: Stored>(&self, value: T, time: Duration) -> Result<Key<T>> {
        let at = Location::caller();
        let sealed = self.encode(&value)?;
        let (object, base) = self.backend().put(&sealed.pieces(), at)?;
        let object = RawOwned::new(self.clone(), object, base).detach_for(time, at)?;
        Ok(timed_key(self, object, functions::<T>))
    }

    /// Lets a detached object stay for `time` from now on at least. A longer time that it has stays, and so does an object
    /// without a time. Of an extension and the end of the time, one wins: the call fails, or the object stays.
    ///
    /// # Errors
    /// `Gone` if the object is not in the store any more, `Conflict` if it has an owner or a name, `WrongStore` if the key
    /// belongs to another store; else the errors of the store, such as `Io`.
    #[track_caller]
    pub fn extend<T>(&self, key: &Key<T>, time: Duration) -> Result<()> {
        key.pass.check_store(self)?;
        let extended = self.backend().apply(key.pass.object, Command::Extend { time }, &[], Location::caller());
        extended.map(|_done| ()).map_err(|error| self.explain_missing(&key.pass, error))
    }
}
