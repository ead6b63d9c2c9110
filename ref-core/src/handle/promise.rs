//! A promise: an object that gets its value later, once.

use super::key::{Key, promised_key};
use super::ticket::{Grant, Pass, TextKind, text};
use crate::backend::Caller;
use crate::codec::envelope;
use crate::error::{Refused, Result};
use crate::id::{Nonce, ObjectId};
use crate::ledger::{Command, Reply};
use crate::store::Store;
use crate::store::functions::{FunctionsOf, functions};
use crate::store::object::{RawOwned, unexpected};
use crate::stored::{self, Stored};
use std::fmt;
use std::panic::Location;

/// The right to give an object its value later, once. [`Store::promise`] makes an object without a value, and returns its
/// promise and its key.
///
/// The key is for the processes that want the value, and can be passed on at once. [`Store::wait`] waits for the value;
/// [`Store::get`] does not wait, and fails with `NotYet` until there is one.
///
/// The promise is for the process that makes the value. [`fulfil`](Promise::fulfil) writes it. From then on the object has
/// no owner: any number of processes may read it by its key, until one of them [removes](Store::remove) or
/// [adopts](Store::adopt) it.
///
/// If the promise is dropped, or if the process that has it dies, the object is removed, and calls that wait fail with
/// `Abandoned`. On a server, a death is noticed when the session has run out.
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// use ref_core::{ErrorKind, Key, Store};
/// use std::time::Duration;
///
/// let store = Store::open("memory:")?;
/// let (promise, key) = store.promise::<Vec<u64>>()?;
/// let line = key.to_text();
///
/// let key: Key<Vec<u64>> = line.parse()?; // in another process
/// assert_eq!(store.get(&key).unwrap_err().kind(), ErrorKind::NotYet);
/// promise.fulfil(vec![1, 2])?;
/// assert_eq!(store.wait(&key, Duration::from_secs(10))?, [1, 2]);
///
/// let (promise, key) = store.promise::<u64>()?;
/// drop(promise);
/// assert_eq!(store.wait(&key, Duration::from_secs(10)).unwrap_err().kind(), ErrorKind::Abandoned);
/// # Ok(())
/// # }
/// ```
///
/// A promise is kept once:
///
/// ```compile_fail,E0382
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// let (promise, _key) = store.promise::<u64>()?;
/// promise.fulfil(1)?;
/// promise.fulfil(2)?;
/// # Ok(())
/// # }
/// ```
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// let (promise, _key) = store.promise::<u64>()?;
/// promise.fulfil(1)?;
/// # Ok(())
/// # }
/// ```
///
/// Rule: [R09](crate::guide::rules#r09).
#[must_use = "a promise that is dropped is abandoned, which `let _ =` does at once; keep it in a variable, and `fulfil` it"]
pub struct Promise<T> {
    raw: RawOwned,
    functions: FunctionsOf<T>,
    /// Whether the value is written, and only has to be left in the store.
    is_written: bool,
}

impl Store {
    /// Makes an object that has no value yet. Returns the promise, which gives the object its value, and its key.
    ///
    /// # Errors
    /// `StoreFull` or `TooManyObjects` if the store has no room; else the errors of the store, such as `Io`.
    #[track_caller]
    pub fn promise<T: Stored>(&self) -> Result<(Promise<T>, Key<T>)> {
        let sealed = envelope::seal_nothing(stored::of::<T>())?;
        let (object, first) = self.backend().put(&sealed.pieces(), Location::caller())?;
        let raw = RawOwned::new(self.clone(), object, first);
        let promise = Promise { raw, functions: functions::<T>, is_written: false };
        Ok((promise, promised_key(self, object, first, functions::<T>)))
    }

    /// Takes a promise that another process has passed on by [`Promise::into_text`]. At most one of several callers
    /// succeeds.
    ///
    /// # Errors
    /// `MalformedTicket` if `text` is no promise, or is damaged; `WrongAccess` if it is a ticket or key; `WrongType` or
    /// `SchemaMismatch` if the promised value is of another type; `WrongStore` if the promise belongs to another store.
    /// `AlreadyRedeemed` if another call has taken the promise, `Gone` if that did not happen within
    /// [`StoreOptions::ticket_timeout`](crate::StoreOptions::ticket_timeout); else the errors of the store, such as
    /// `Io`.
    #[track_caller]
    pub fn claim_promise<T: Stored>(&self, text: &str) -> Result<Promise<T>> {
        let pass = text::read(text, TextKind::Promise, stored::of::<T>())?;
        pass.check_store(self)?;
        let Grant::Promise { departure, nonce } = pass.grant else { return Err(text::wrong_promise(pass.grant)) };
        let command = Command::Claim { seq: departure, right: nonce.right() };
        match self.backend().apply(pass.object, command, &[], Location::caller())? {
            Reply::Version(first) => {
                let raw = RawOwned::new(self.clone(), pass.object, first);
                Ok(Promise { raw, functions: functions::<T>, is_written: false })
            }
            reply => Err(unexpected(reply)),
        }
    }
}

impl<T> Promise<T> {
    /// Returns the id of the object, which names the object in its store.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.raw.lock().object
    }

    /// Gives the object its value, and leaves it in the store, detached. Calls that wait for the value get it.
    ///
    /// # Errors
    /// `Encode`, `TooLarge` or `StoreFull` if the value cannot be written; else the errors of the store, such as `Io`. A
    /// failed call drops the promise, which is abandoned then;
    /// [`fulfil_or_return`](Promise::fulfil_or_return) gives promise and value back.
    #[track_caller]
    pub fn fulfil(mut self, value: T) -> Result<()> {
        self.fulfil_at(&value, Location::caller())
    }

    /// Does what [`fulfil`](Promise::fulfil) does, and gives promise and value back if that fails. If the value was
    /// written before the failure, the next call leaves that value in the store.
    ///
    /// # Errors
    /// The errors of [`fulfil`](Promise::fulfil). Promise and value are in the [`Refused`].
    #[track_caller]
    pub fn fulfil_or_return(mut self, value: T) -> Result<(), Refused<(Self, T)>> {
        match self.fulfil_at(&value, Location::caller()) {
            Ok(()) => Ok(()),
            Err(error) => Err(Refused::new(error, (self, value))),
        }
    }

    /// Passes the promise on to another process, as one line of text, which is a secret: any process that has the text
    /// can take the promise, and [`Store::claim_promise`] does. If no process does so in time, the promise is abandoned.
    ///
    /// # Errors
    /// The errors of the store, such as `Io`. A failed call drops the promise;
    /// [`into_text_or_return`](Promise::into_text_or_return) gives it back.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # use std::time::Duration;
    /// # let store = ref_core::Store::open("memory:")?;
    /// let (promise, key) = store.promise::<String>()?;
    /// let line = promise.into_text()?;
    /// assert!(line.starts_with("ref-promise-"));
    ///
    /// store.claim_promise::<String>(&line)?.fulfil("done".into())?; // in another process
    /// assert_eq!(store.wait(&key, Duration::from_secs(10))?, "done");
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn into_text(mut self) -> Result<String> {
        self.send_at(Location::caller())
    }

    /// Does what [`into_text`](Promise::into_text) does, and gives the promise back if that fails.
    ///
    /// # Errors
    /// The errors of [`into_text`](Promise::into_text). The promise is in the [`Refused`].
    #[track_caller]
    pub fn into_text_or_return(mut self) -> Result<String, Refused<Self>> {
        self.send_at(Location::caller()).map_err(|error| Refused::new(error, self))
    }

    /// Gives the promise up, as the drop does, and returns the error if that fails. Calls that wait for the value are
    /// told `Abandoned`.
    ///
    /// # Errors
    /// The errors of the store, such as `Io`. A failed call drops the promise, and the drop tries once more;
    /// [`abandon_or_return`](Promise::abandon_or_return) gives it back.
    #[track_caller]
    pub fn abandon(mut self) -> Result<()> {
        self.raw.release(Location::caller())
    }

    /// Does what [`abandon`](Promise::abandon) does, and gives the promise back if that fails.
    ///
    /// # Errors
    /// The errors of [`abandon`](Promise::abandon). The promise is in the [`Refused`].
    #[track_caller]
    pub fn abandon_or_return(mut self) -> Result<(), Refused<Self>> {
        self.raw.release(Location::caller()).map_err(|error| Refused::new(error, self))
    }

    fn fulfil_at(&mut self, value: &T, at: Caller) -> Result<()> {
        let (store, state) = self.raw.parts();
        if self.is_written {
            state.confirm(store, at)?;
        } else {
            let sealed = (self.functions)().encode(store, value)?;
            let before = state.base;
            let written = state.write(store, &sealed.pieces(), at);
            self.is_written = state.base != before;
            written?;
        }
        self.raw.detach(at).map(drop)
    }

    fn send_at(&mut self, at: Caller) -> Result<String> {
        let nonce = Nonce::random()?;
        let grant = Grant::Promise { departure: self.raw.send(nonce.right(), at)?, nonce };
        Ok(text::write(&Pass::new(self.raw.store().id(), self.id(), grant, ((self.functions)().known)())))
    }
}

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promise")
            .field("object", &format_args!("{}", self.id()))
            .field("type", &format_args!("{}", ((self.functions)().known)().name))
            .finish_non_exhaustive()
    }
}
