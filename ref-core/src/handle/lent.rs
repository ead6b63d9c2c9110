//! An owner that is lent for longer than a stack frame.

use crate::error::{Refused, Unborrowed};
use crate::handle::access::{Access, BesideOwner, CanWrite, Exclusive, Shared};
use crate::handle::borrow::Ref;
use crate::handle::loan::{Ended, PATIENCE, Terms, ending};
use crate::handle::only::ClonedLoan;
use crate::handle::owned::Owned;
use crate::handle::ticket::Ticket;
use crate::id::ObjectId;
use crate::stored::Stored;
use crate::{Error, Result};
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::time::Duration;

/// An owner together with its loan: what [`Loan`](crate::Loan) is to a stack frame, this is to a struct, a collection
/// or another thread.
///
/// A struct cannot hold an [`Owned`] and the `Loan` that borrows it. So the owner goes into the loan, and
/// [`end`](Lent::end) gives it back. Meanwhile the compiler allows what it allows beside a `Loan`: beside
/// [`Shared`] access to [read](Lent::borrow), beside [`Exclusive`] access nothing.
///
/// Dropping it drops the owner: the object goes when its last borrower does.
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// use ref_core::{Exclusive, Lent, Store};
///
/// /// What a supervisor keeps of a job that somebody else does.
/// struct Job {
///     grid: Lent<Vec<u64>, Exclusive>,
/// }
///
/// let store = Store::open("memory:")?;
/// let job = Job { grid: store.put(vec![1, 2])?.into_lent_mut()? };
/// let ticket = job.grid.ticket()?;
///
/// let mut lease = store.redeem(ticket)?; // in another process
/// lease.borrow_mut()?.push(3);
/// lease.commit()?;
///
/// let (grid, ended) = job.grid.end()?;
/// assert!(ended.committed.is_some());
/// assert_eq!(*grid.borrow()?, [1, 2, 3]);
/// # Ok(())
/// # }
/// ```
#[must_use = "the object is dropped with its `Lent`, which `let _ =` does at once; keep it, and `end` it for the owner"]
pub struct Lent<T, A> {
    owner: Owned<T>,
    /// Boxed, since every refusal carries the whole handle.
    terms: Box<Terms>,
    access: PhantomData<fn() -> A>,
}

impl<T: Stored> Owned<T> {
    /// Lends the object to any number of readers, and becomes part of the loan. Writes changes first.
    ///
    /// # Errors
    /// As [`lend`](Owned::lend). The owner comes back in the [`Refused`].
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let lent = store.put(String::from("to read"))?.into_lent()?;
    /// let lease = store.redeem(lent.ticket()?)?;
    /// assert_eq!(*lease.borrow()?, *lent.borrow()?);
    /// drop(lease);
    /// let (mut text, _ended) = lent.end()?;
    /// text.borrow_mut()?.push('!');
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn into_lent(mut self) -> Result<Lent<T, Shared>, Refused<Self>> {
        self.raw.forget_handles();
        match self.open_shared(Location::caller()) {
            Ok(epoch) => Ok(Lent::new(self, Terms::shared(epoch))),
            Err(error) => Err(Refused::new(error, self)),
        }
    }

    /// Lends the object to one borrower who may change it, and becomes part of the loan. Writes changes first.
    ///
    /// # Errors
    /// As [`lend_mut`](Owned::lend_mut). The owner comes back in the [`Refused`].
    #[track_caller]
    pub fn into_lent_mut(mut self) -> Result<Lent<T, Exclusive>, Refused<Self>> {
        match self.open_exclusive(Location::caller()) {
            Ok((nonce, _loaded)) => Ok(Lent::new(self, Terms::exclusive(nonce))),
            Err(error) => Err(Refused::new(error, self)),
        }
    }
}

impl<T, A> Lent<T, A> {
    fn new(owner: Owned<T>, terms: Terms) -> Self {
        Self { owner, terms: Box::new(terms), access: PhantomData }
    }

    /// Names the object in its store.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.owner.id()
    }

    /// Ends the loan and gives the owner back: waits up to 30 seconds for its borrowers, as
    /// [`Loan::end`](crate::Loan::end) does, and says what they did.
    ///
    /// # Errors
    /// As [`Loan::end`](crate::Loan::end): `Timeout` or `WouldDeadlock`, with the holders. The loan comes back in the
    /// [`Refused`], owner and all; it stays closed to new borrowers.
    #[track_caller]
    pub fn end(self) -> Result<(Owned<T>, Ended), Refused<Self>> {
        self.end_timeout(PATIENCE)
    }

    /// [Ends](Lent::end) the loan within `timeout`; of zero, without waiting.
    ///
    /// # Errors
    /// As [`end`](Lent::end).
    #[track_caller]
    pub fn end_timeout(self, timeout: Duration) -> Result<(Owned<T>, Ended), Refused<Self>> {
        let ended = ending::end(&self.owner.raw, self.terms.is_out(), timeout, Location::caller());
        self.ended(ended)
    }

    /// Takes the object back at once, whoever holds it, as [`Loan::revoke`](crate::Loan::revoke) does.
    ///
    /// # Errors
    /// As [`Owned::revoke_loans`]. The loan comes back in the [`Refused`].
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let lent = store.put(1_u64)?.into_lent_mut()?;
    /// let lease = store.redeem(lent.ticket()?)?;
    /// let (count, _revoked) = lent.revoke()?;
    /// assert_eq!(*count.borrow()?, 1);
    /// assert!(lease.commit().is_err());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn revoke(self) -> Result<(Owned<T>, Ended), Refused<Self>> {
        let ended = ending::revoke(&self.owner.raw, Location::caller());
        self.ended(ended)
    }

    fn ended(self, ended: Result<Ended, Error>) -> Result<(Owned<T>, Ended), Refused<Self>> {
        match ended {
            Ok(ended) => Ok((self.owner, ended)),
            Err(error) => Err(Refused::new(error, self)),
        }
    }

    #[doc(hidden)]
    #[expect(clippy::should_implement_trait)]
    pub fn clone(&self) -> Self
    where
        Self: ClonedLoan,
    {
        ClonedLoan::cloned(self)
    }
}

impl<T: Stored, A: Access> Lent<T, A> {
    /// Makes a ticket for a borrower. A shared loan makes any number of them, an exclusive loan one.
    ///
    /// # Errors
    /// As [`Loan::ticket`](crate::Loan::ticket).
    pub fn ticket(&self) -> Result<Ticket<T, A>> {
        self.terms.ticket::<T>(&self.owner.raw).map(Ticket::new)
    }

    /// Makes another ticket for an exclusive loan that nobody holds; the ticket before it is void. Available for
    /// `Exclusive` access.
    ///
    /// # Errors
    /// `Conflict` while a borrower holds the object.
    #[track_caller]
    pub fn reissue(&self) -> Result<Ticket<T, A>>
    where
        A: CanWrite,
    {
        self.terms.reissue::<T>(&self.owner.raw, Location::caller()).map(Ticket::new)
    }

    /// Borrows the value to read it, beside the readers that it is lent to. Available for `Shared` access.
    ///
    /// # Errors
    /// As [`Owned::borrow`].
    #[track_caller]
    pub fn borrow(&self) -> Result<Ref<'_, T>>
    where
        A: BesideOwner,
    {
        self.owner.borrow()
    }
}

impl<T, A> Unborrowed for Lent<T, A> {}

impl<T, A: Access> fmt::Debug for Lent<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent")
            .field("object", &format_args!("{}", self.id()))
            .field("access", &A::KIND)
            .finish_non_exhaustive()
    }
}
