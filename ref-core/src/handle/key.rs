//! The key of a detached object, and the calls of a store that take a key.

use super::promised;
use crate::backend::{Caller, FoundObject, ObjectState};
use crate::codec::envelope::{self, not_kept};
use crate::codec::{Decode, Encode};
use crate::error::{Error, ErrorKind, Refused, Result};
use crate::event;
use crate::handle::owned::Owned;
use crate::handle::ticket::{Grant, Pass, TextKind, text};
use crate::id::{Epoch, ObjectId};
use crate::ledger::{Command, Reply};
use crate::schema::Known;
use crate::store::Store;
use crate::store::functions::{Functions, FunctionsOf, functions};
use crate::store::object::{RawOwned, unexpected};
use crate::stored::{self, Stored};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::Location;
use std::str::FromStr;

/// The name of a detached object, which has no owner. [`Owned::detach`] makes a key.
///
/// A process that has the key may [read](Store::get) the object, [remove](Store::remove) it, or [become its
/// owner](Store::adopt). A key is a name and not a right: any number of processes may have it, it has no secret, and
/// dropping it does nothing. A key can be passed on as one line of text or by serde, as a [`Ticket`](crate::Ticket)
/// can.
///
/// A detached object stays in the store until a process removes or adopts it, or until its time is over, if it was
/// [put for a time](Store::put_for). A store with detached objects is not
/// removed when its last session ends, except in `memory:`.
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// use ref_core::{Key, Store};
///
/// let store = Store::open("memory:")?;
/// let line = store.put(vec![1_u64, 2])?.detach()?.to_text();
///
/// let key: Key<Vec<u64>> = line.parse()?; // in another process, now or later
/// assert_eq!(store.get(&key)?, [1, 2]);
///
/// let mut list = store.adopt(key.clone())?;
/// list.borrow_mut()?.push(3); // the object has an owner, and cannot be read by its key
/// assert!(store.get(&key).is_err());
/// # Ok(())
/// # }
/// ```
///
/// Rules: [R09](crate::guide::rules#r09), [R20](crate::guide::rules#r20).
#[must_use = "keep the key, or call `remove` in place of `detach`: a detached object is reached by its key alone, and \
              stays in the store"]
pub struct Key<T> {
    pub(super) pass: Pass,
    pub(super) functions: FunctionsOf<T>,
}

impl<T> Owned<T> {
    /// Leaves the object in the store without an owner, and returns its key. Changes are written first. Any process
    /// that has the key can read, adopt or remove the object.
    ///
    /// # Errors
    /// `Conflict` while a borrower holds the object; else the errors of [`flush`](Owned::flush). A failed call drops
    /// the owner, and the drop removes the object if possible; [`detach_or_return`](Owned::detach_or_return) gives the
    /// owner back.
    #[track_caller]
    pub fn detach(mut self) -> Result<Key<T>> {
        self.detach_at(Location::caller())
    }

    /// Does what [`detach`](Owned::detach) does, and gives the owner back if that fails.
    ///
    /// # Errors
    /// The errors of [`detach`](Owned::detach). The owner is in the [`Refused`].
    #[track_caller]
    pub fn detach_or_return(mut self) -> Result<Key<T>, Refused<Self>> {
        self.detach_at(Location::caller()).map_err(|error| Refused::new(error, self))
    }

    fn detach_at(&mut self, at: Caller) -> Result<Key<T>> {
        let Functions { known, value, .. } = (self.functions)();
        // `?` and `map` would be compiled for each type of values.
        match detach_raw(&mut self.raw, self.value.get_as(value), known, at) {
            Ok(pass) => Ok(Key { pass, functions: self.functions }),
            Err(error) => Err(error),
        }
    }
}

/// Writes a change, and detaches the object, which has a value of the type `known`. Returns what its key has.
fn detach_raw(
    raw: &mut RawOwned,
    loaded: Option<&dyn Encode>,
    known: fn() -> &'static Known,
    at: Caller,
) -> Result<Pass> {
    let object = raw.write_and_detach(loaded, known, at)?;
    Ok(Pass::key(raw.store(), object, known()))
}

impl Store {
    /// Reads the value of a detached object. During the read, other calls can read the object too, and
    /// [`adopt`](Store::adopt) is refused.
    ///
    /// # Errors
    /// `Gone` if the object is not in the store any more, `Conflict` if the object is not detached any more,
    /// `WrongStore` if the key belongs to another store. `NotYet` if the object is promised and has no value yet,
    /// `Abandoned` if its promise was given up. `WrongType`, `SchemaMismatch`, `CodecMismatch`, `Corrupt` or
    /// `Decode` if the stored bytes are not a value of this type, `TooLarge` if this session does not allow so large a
    /// value; else the errors of the store, such as `Io`.
    #[track_caller]
    #[expect(clippy::question_mark, reason = "`?` would be compiled for each type of values")]
    pub fn get<T>(&self, key: &Key<T>) -> Result<T> {
        let (at, Functions { known, place, .. }) = (Location::caller(), (key.functions)());
        let mut value = None;
        // As `read_value` does: a call of it would be compiled for each type of values.
        if let Err(error) = self.read_by_key(&key.pass, known, at, place(&mut value)) {
            return Err(error);
        }
        match value {
            Some(value) => Ok(value),
            None => Err(not_kept()),
        }
    }

    /// Returns the keys of the detached objects whose values are of a type with the name of `T`. So an object whose key
    /// was lost can be adopted or removed. Looks at the newest version of each detached object. On a server, the call takes
    /// a few round trips for some hundred objects. An object whose type cannot be told is left out;
    /// [`objects`](Store::objects) has it.
    ///
    /// Other processes may detach, adopt and remove objects meanwhile: an object that is detached during the whole call
    /// is in the list. The list has no order.
    ///
    /// # Errors
    /// `Forked` in a forked child; else the errors of the store, such as `Io` or `Unreachable`.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let key = store.put(1_u64)?.detach()?;
    /// assert_eq!(store.detached::<u64>()?, [key]);
    /// assert!(store.detached::<String>()?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn detached<T: Stored>(&self) -> Result<Vec<Key<T>>> {
        let (at, known) = (Location::caller(), stored::of::<T>());
        let found = self.backend().inspect()?.look_for(&self.backend().detached()?)?;
        let mut keys = Vec::new();
        for FoundObject { entry, head } in found {
            let name = envelope::named_type(&head).unwrap_or_default();
            let is_of_type = match name.strip_suffix('…') {
                Some(begin) if known.name.starts_with(begin) => self.has_type(entry.id, known, at)?,
                _ => name == *known.name,
            };
            if is_of_type && entry.state == ObjectState::Detached {
                keys.push(new_key(self, entry.id, functions::<T>));
            }
        }
        Ok(keys)
    }

    /// Returns whether the detached object has a value of the type `known`. For a type whose name is too long for a
    /// look.
    fn has_type(&self, object: ObjectId, known: &Known, at: Caller) -> Result<bool> {
        match self.backend().snapshot(object, None, at) {
            Ok((_, bytes)) => Ok(envelope::type_name(bytes.as_deref().unwrap_or_default()) == Some(&*known.name)),
            // The object was removed or adopted meanwhile.
            Err(error) if matches!(error.kind(), ErrorKind::Gone | ErrorKind::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Returns whether the object is in the store, detached or not.
    ///
    /// # Errors
    /// `WrongStore` if the key belongs to another store; else the errors of the store, such as `Io` or `Unreachable`.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let key = store.put(1_u64)?.detach()?;
    /// assert!(store.exists(&key)?);
    /// assert!(store.remove(&key)?);
    /// assert!(!store.exists(&key)?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn exists<T>(&self, key: &Key<T>) -> Result<bool> {
        key.pass.check_store(self)?;
        is_present(self.backend().current(key.pass.object))
    }

    /// Removes a detached object, and returns whether it was in the store. A process that is reading the object can
    /// finish its read.
    ///
    /// # Errors
    /// `Conflict` if the object is not detached any more, `WrongStore` if the key belongs to another store; else the
    /// errors of the store, such as `Io` or `Unreachable`.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let key = store.put(1_u64)?.detach()?;
    /// assert!(store.remove(&key)?);
    /// assert!(!store.remove(&key)?);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "evict")]
    #[track_caller]
    pub fn remove<T>(&self, key: &Key<T>) -> Result<bool> {
        key.pass.check_store(self)?;
        is_present(self.backend().apply(key.pass.object, Command::Evict, &[], Location::caller()))
    }

    /// Borrows a detached object, and reads its value, of the type `known`, into `place`.
    fn read_by_key(
        &self,
        pass: &Pass,
        known: fn() -> &'static Known,
        at: Caller,
        place: &mut dyn Decode,
    ) -> Result<()> {
        pass.check_store(self)?;
        let object = pass.object;
        let shared = self.backend().apply(object, Command::Share, &[], at);
        let version = match shared.map_err(|error| self.explain_missing(pass, error))? {
            Reply::Shared { version } => version,
            reply => return Err(unexpected(reply)),
        };
        let _given_back_when_dropped = KeyRead { store: self, object, at };
        self.decode_into(self.backend().read(object, version)?, known(), place)
    }

    /// Turns the error of a call by the key of a promised object into what became of the promise. Says of an object with
    /// a time that the time may be over.
    pub(super) fn explain_missing(&self, pass: &Pass, error: Error) -> Error {
        match pass.grant {
            Grant::Promised(first) => promised::explain(error, || Ok(self.backend().current(pass.object)? == first)),
            Grant::Timed if error.kind() == ErrorKind::Gone => time_is_over(),
            _ => error,
        }
    }
}

fn time_is_over() -> Error {
    let message = "the object is gone: its time is over, or it was removed or adopted";
    Error::new(ErrorKind::Gone, message).with_remedy("`extend` the time before it is over, or `put_for` a longer time")
}

/// A shared borrow for one read by key. Its destructor gives the borrow back, even if decoding the value panics.
struct KeyRead<'a> {
    store: &'a Store,
    object: ObjectId,
    at: Caller,
}

impl Drop for KeyRead<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.store.backend().let_go(self.object, Command::Return { loan: None }, self.at) {
            event::not_given_back("a read by key", &error);
        }
    }
}

/// Turns the result of a call into whether the call's object is in the store: `Ok` into `true`, and the error `Gone`
/// into `false`. Returns every other error unchanged.
fn is_present<R>(result: Result<R, Error>) -> Result<bool> {
    match result {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::Gone => Ok(false),
        Err(error) => Err(error),
    }
}

fn new_key<T>(store: &Store, object: ObjectId, functions: FunctionsOf<T>) -> Key<T> {
    Key { pass: Pass::key(store, object, (functions().known)()), functions }
}

/// Makes the key of an object that goes when its time is over.
pub(super) fn timed_key<T>(store: &Store, object: ObjectId, functions: FunctionsOf<T>) -> Key<T> {
    Key { pass: Pass::new(store.id(), object, Grant::Timed, (functions().known)()), functions }
}

/// Makes the key of a promised object, which has no value while `first` is its current version.
pub(super) fn promised_key<T>(store: &Store, object: ObjectId, first: Epoch, functions: FunctionsOf<T>) -> Key<T> {
    let pass = Pass::new(store.id(), object, Grant::Promised(first), (functions().known)());
    Key { pass, functions }
}

impl<T> Key<T> {
    /// Returns the id of the object, which names the object in its store.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.pass.object
    }

    /// Returns the key as one line of letters, digits, `-` and `_`: about a hundred, and more if the type's name is
    /// long.
    #[must_use]
    pub fn to_text(&self) -> String {
        text::write(&self.pass)
    }
}

/// Parses the line that [`Key::to_text`] returned, with or without white space around it.
///
/// The errors are `MalformedTicket` if the text is neither a ticket nor a key, or is damaged; `WrongAccess` if the text
/// is a ticket; `WrongType` or `SchemaMismatch` if the key is for an object of another type. Parsing does not ask the
/// store, so the key of an object that is gone is parsed without an error.
impl<T: Stored> FromStr for Key<T> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let pass = text::read(text, TextKind::Key, stored::of::<T>())?;
        Ok(Self { pass, functions: functions::<T> })
    }
}

impl<T> Serialize for Key<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de, T: Stored> Deserialize<'de> for Key<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        Self { pass: self.pass.clone(), functions: self.functions }
    }
}

impl<T> PartialEq for Key<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.pass.store, self.pass.object) == (other.pass.store, other.pass.object)
    }
}

impl<T> Eq for Key<T> {}

impl<T> Hash for Key<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.pass.store.0, self.pass.object).hash(state);
    }
}

impl<T> fmt::Debug for Key<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("object", &format_args!("{}", self.pass.object))
            .field("type", &format_args!("{}", self.pass.known.name))
            .finish_non_exhaustive()
    }
}
