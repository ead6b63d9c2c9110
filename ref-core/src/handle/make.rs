//! Calls that make an owner: `put`, `claim` and `duplicate`.

use crate::backend::Caller;
use crate::codec::Encode;
use crate::error::{AccessKind, Refused, Result};
use crate::handle::access::Ownership;
use crate::handle::loaded::Loaded;
use crate::handle::owned::Owned;
use crate::handle::ticket::{Grant, Pass, Ticket, text};
use crate::ledger::{Command, Reply};
use crate::schema::Known;
use crate::store::Store;
use crate::store::functions::{FunctionsOf, functions};
use crate::store::object::{RawOwned, unexpected};
use crate::store::turn::Entered;
use crate::stored::{self, Stored};
use std::panic::Location;

impl Store {
    /// Puts `value` into the store as a new object, and returns its owner. When the call returns the owner, the value
    /// is written.
    ///
    /// At `shm:` and `file:`, a large value with a [`Bulk`](crate::Bulk) is then dropped, and the first borrow reads it
    /// again: so its arrays are not in this process's memory too. This holds for [`flush`](Owned::flush) as well.
    ///
    /// # Errors
    /// `Encode` if the value cannot be encoded, `TooLarge` if its encoded form is too large, `StoreFull` or
    /// `TooManyObjects` if the store has no room; else the errors of the store, such as `Io`. A failed call drops the
    /// value; [`put_or_return`](Store::put_or_return) gives the value back.
    #[track_caller]
    pub fn put<T: Stored>(&self, value: T) -> Result<Owned<T>> {
        // `?` and `then` would be compiled for each type of values.
        match self.put_value(&value, stored::of::<T>, Location::caller()) {
            Ok((raw, is_read_again)) => {
                let kept = if is_read_again { None } else { Some(Box::new(value)) };
                Ok(Owned { value: Loaded::new(kept), functions: functions::<T>, raw })
            }
            Err(error) => Err(error),
        }
    }

    /// Does what [`put`](Store::put) does, and gives the value back if that fails.
    ///
    /// # Errors
    /// The errors of [`put`](Store::put). The value is in the [`Refused`].
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// use ref_core::{ErrorKind, StoreOptions};
    ///
    /// let store = StoreOptions::new().max_object_bytes(1000).open("memory:")?;
    /// let refused = store.put_or_return("x".repeat(1001)).unwrap_err();
    /// assert_eq!(refused.error.kind(), ErrorKind::TooLarge);
    /// assert_eq!(refused.handle.len(), 1001); // the value, for another try
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn put_or_return<T: Stored>(&self, value: T) -> Result<Owned<T>, Refused<T>> {
        match self.put_value(&value, stored::of::<T>, Location::caller()) {
            Ok((raw, is_read_again)) => {
                Ok(owner_of_put(raw, functions::<T>, (!is_read_again).then(|| Box::new(value))))
            }
            Err(error) => Err(Refused::new(error, value)),
        }
    }

    /// Puts a value of the type `known` into the store. Returns its owner, and whether the value is better
    /// [read again](Store::is_read_again) than kept.
    fn put_value(&self, value: &dyn Encode, known: fn() -> &'static Known, at: Caller) -> Result<(RawOwned, bool)> {
        let known = known();
        let sealed = self.seal(known, value)?;
        let (object, base) = self.backend().put(&sealed.pieces(), at)?;
        Ok((RawOwned::new(self.clone(), object, base), self.is_read_again(&sealed, known)))
    }

    /// Becomes the owner of the object that an ownership ticket is for. The first borrow reads the value.
    ///
    /// # Errors
    /// `WrongStore` if the ticket belongs to another store, `AlreadyRedeemed` if the ticket was claimed before, `Gone`
    /// if the ticket was not claimed in time or a later owner has removed the object, `Expired` if the ticket was not
    /// claimed in time and the object is still there, since it had been detached once; else the errors of the store,
    /// such as `Io`. A failed call drops the ticket; [`claim_or_return`](Store::claim_or_return) gives the ticket back.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let owned = store.put(String::from("moves"))?;
    /// let ticket = owned.into_ticket()?; // to another thread, or as text to another process
    /// let owned_there = store.claim(ticket)?;
    /// assert_eq!(*owned_there.borrow()?, "moves");
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn claim<T>(&self, ticket: Ticket<T, Ownership>) -> Result<Owned<T>> {
        self.claim_at(ticket, Location::caller())
    }

    /// Becomes the owner as [`claim`](Store::claim) does, for the caller `at`.
    pub(crate) fn claim_at<T>(&self, ticket: Ticket<T, Ownership>, at: Caller) -> Result<Owned<T>> {
        let raw = self.claimed(&ticket.pass, at)?;
        Ok(Owned { value: Loaded::new(None), functions: ticket.functions, raw })
    }

    /// Does what [`claim`](Store::claim) does, and gives the ticket back if that fails.
    ///
    /// # Errors
    /// The errors of [`claim`](Store::claim). The ticket is in the [`Refused`].
    #[track_caller]
    pub fn claim_or_return<T>(&self, ticket: Ticket<T, Ownership>) -> Result<Owned<T>, Refused<Ticket<T, Ownership>>> {
        match self.claimed(&ticket.pass, Location::caller()) {
            Ok(raw) => Ok(Owned { value: Loaded::new(None), functions: ticket.functions, raw }),
            Err(error) => Err(Refused::new(error, ticket)),
        }
    }

    fn claimed(&self, pass: &Pass, at: Caller) -> Result<RawOwned> {
        pass.check_store(self)?;
        let Grant::Own { departure, nonce } = pass.grant else {
            return Err(text::wrong_grant(pass.grant, AccessKind::Own));
        };
        let command = Command::Claim { seq: departure, right: nonce.right() };
        match self.backend().apply(pass.object, command, &[], at)? {
            Reply::Version(base) => Ok(RawOwned::new(self.clone(), pass.object, base)),
            reply => Err(unexpected(reply)),
        }
    }
}

/// Makes the owner of an object whose value was just written, with the value if that is kept.
pub(super) fn owner_of_put<T>(raw: RawOwned, functions: FunctionsOf<T>, value: Option<Box<T>>) -> Owned<T> {
    Owned { value: Loaded::new(value), functions, raw }
}

impl<T> Owned<T> {
    /// Puts a copy of the value into the store as a new object, and returns its owner. The object that is copied may be
    /// lent to readers.
    ///
    /// The copy has this owner's changes, even those that are not written yet. The first borrow of the copy reads its
    /// value from the store.
    ///
    /// # Errors
    /// `Encode` or `TooLarge` if the value cannot be written, `StoreFull` or `TooManyObjects` if the store has no room.
    /// `Conflict` while a borrower holds the object under an exclusive loan whose handle was dropped or forgotten.
    /// `WouldDeadlock` if the value's own code makes this call; else the errors of the store, such as `Io`.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut left = store.put(vec![1_u64])?;
    /// let mut right = left.duplicate()?;
    /// left.borrow_mut()?.push(2);
    /// right.borrow_mut()?.push(3);
    /// assert_eq!((left.into_inner()?, right.into_inner()?), (vec![1, 2], vec![1, 3]));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn duplicate(&self) -> Result<Self> {
        let (at, store) = (Location::caller(), self.raw.store());
        let (object, base) = match self.value.get() {
            Some(value) => {
                let _entered = Entered::at(&self.raw)?;
                store.backend().put(&(self.functions)().encode(store, value)?.pieces(), at)?
            }
            None => store.backend().put(&[&self.stored(at)?], at)?,
        };
        Ok(Self {
            value: Loaded::new(None),
            functions: self.functions,
            raw: RawOwned::new(store.clone(), object, base),
        })
    }
}
