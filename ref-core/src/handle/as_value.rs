//! Hidden methods and implementations of traits, which a program uses if it takes a handle for its value. The compiler
//! refuses each use with a message that says what to write.

use crate::error::{Error, Refused, Result};
use crate::handle::access::{Access, Ownership, Redeem};
use crate::handle::borrow::{Ref, RefMut};
use crate::handle::key::Key;
use crate::handle::loan::Loan;
use crate::handle::named::Named;
use crate::handle::not_offered::{
    BorrowedKey, BorrowedLoan, BorrowedOwnership, BorrowedRefused, BorrowedTicket, ChangedLoan, ChangedOwnedLoan,
    Displays, LentName, Reads, TheOwnerItself, UsedAsItsValue,
};
use crate::handle::owned::Owned;
use crate::handle::owned_loan::OwnedLoan;
use crate::handle::ticket::Ticket;
use std::fmt;
use std::str::FromStr;

#[doc(hidden)]
#[expect(clippy::len_without_is_empty, clippy::iter_not_returning_iterator, reason = "no program can call these")]
impl<T> Owned<T>
where
    Self: Sized,
{
    pub fn len(&self) -> usize
    where
        Self: UsedAsItsValue,
    {
        self.refused()
    }

    pub fn iter<R>(&self) -> R
    where
        Self: UsedAsItsValue,
    {
        self.refused()
    }

    pub fn get<K, R>(&self, _: K) -> R
    where
        Self: UsedAsItsValue,
    {
        self.refused()
    }

    pub fn push<V>(&self, _: V)
    where
        Self: UsedAsItsValue,
    {
        self.refused()
    }

    pub fn insert<K, V, R>(&self, _: K, _: V) -> R
    where
        Self: UsedAsItsValue,
    {
        self.refused()
    }
}

#[doc(hidden)]
impl<T> fmt::Display for Owned<T>
where
    TheOwnerItself: Displays<T>,
{
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        TheOwnerItself::refused()
    }
}

#[doc(hidden)]
impl<T> FromStr for Owned<T>
where
    TheOwnerItself: Reads<T>,
{
    type Err = Error;

    fn from_str(_: &str) -> Result<Self> {
        TheOwnerItself::refused()
    }
}

#[doc(hidden)]
impl<T, A> Loan<'_, T, A> {
    pub fn borrow(&self) -> Result<Ref<'_, T>>
    where
        Self: BorrowedLoan,
    {
        self.refused()
    }

    pub fn borrow_mut(&mut self) -> Result<RefMut<'_, T>>
    where
        Self: ChangedLoan,
    {
        self.refused()
    }
}

#[doc(hidden)]
impl<T> Ticket<T, Ownership> {
    pub fn borrow(&self) -> Result<Ref<'_, T>>
    where
        Self: BorrowedOwnership,
    {
        self.refused()
    }

    pub fn borrow_mut(&mut self) -> Result<RefMut<'_, T>>
    where
        Self: BorrowedOwnership,
    {
        self.refused()
    }
}

#[doc(hidden)]
impl<T, A: Redeem> Ticket<T, A> {
    pub fn borrow(&self) -> Result<Ref<'_, T>>
    where
        Self: BorrowedTicket,
    {
        self.refused()
    }

    pub fn borrow_mut(&mut self) -> Result<RefMut<'_, T>>
    where
        Self: BorrowedTicket,
    {
        self.refused()
    }
}

#[doc(hidden)]
impl<T> Named<T> {
    pub fn lend<R>(&self) -> Result<R>
    where
        Self: LentName,
    {
        self.refused()
    }

    pub fn lend_mut<R>(&mut self) -> Result<R>
    where
        Self: LentName,
    {
        self.refused()
    }
}

#[doc(hidden)]
impl<T> Key<T> {
    pub fn borrow(&self) -> Result<Ref<'_, T>>
    where
        Self: BorrowedKey,
    {
        self.refused()
    }

    pub fn borrow_mut(&mut self) -> Result<RefMut<'_, T>>
    where
        Self: BorrowedKey,
    {
        self.refused()
    }
}

#[doc(hidden)]
impl<H> Refused<H> {
    pub fn borrow<R>(&self) -> Result<R>
    where
        Self: BorrowedRefused,
    {
        self.refused()
    }

    pub fn borrow_mut<R>(&mut self) -> Result<R>
    where
        Self: BorrowedRefused,
    {
        self.refused()
    }
}

#[doc(hidden)]
impl<T, A: Access> OwnedLoan<T, A> {
    pub fn borrow_mut(&mut self) -> Result<RefMut<'_, T>>
    where
        Self: ChangedOwnedLoan,
    {
        self.refused()
    }
}
