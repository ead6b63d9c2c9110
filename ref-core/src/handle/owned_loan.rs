//! An owner together with its loan.

use crate::backend::Caller;
use crate::error::{DetachedKey, Refused, Result};
use crate::handle::access::{Access, BesideOwner, Exclusive, OneBorrower, Shared};
use crate::handle::borrow::Ref;
use crate::handle::loan::{END_TIMEOUT, LoanEnd, Terms, ending};
use crate::handle::not_offered::{ClonedLoan, EndedByAFuture};
use crate::handle::owned::Owned;
use crate::handle::ticket::{Ticket, text};
use crate::id::ObjectId;
use crate::store::unwritten::LeaveBehind;
use crate::sync::OnceLock;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::time::Duration;

/// An owner together with its loan, for a struct, a collection or another thread. [`Owned::into_loan`] and
/// [`Owned::into_loan_mut`] make an `OwnedLoan`.
///
/// A [`Loan`](crate::Loan) borrows its [`Owned`], so a struct cannot hold both. An `OwnedLoan` contains the owner, and
/// [`end`](OwnedLoan::end) gives the owner back. During a [`Shared`] loan the owner's value can be
/// [read](OwnedLoan::borrow). During an [`Exclusive`] loan the owner cannot be used.
///
/// Dropping an `OwnedLoan` drops the owner, and the object leaves the store when the last borrower is done. But if the
/// last [`end`](OwnedLoan::end), [`wait`](OwnedLoan::wait) or [`revoke`](OwnedLoan::revoke) of the loan has failed, the
/// drop detaches the object: see [`end`](OwnedLoan::end).
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// use ref_core::{Exclusive, OwnedLoan, Store};
///
/// /// A supervisor's record of a job that another process does.
/// struct Job {
///     grid: OwnedLoan<Vec<u64>, Exclusive>,
/// }
///
/// let store = Store::open("memory:")?;
/// let job = Job { grid: store.put(vec![1, 2])?.into_loan_mut()? };
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
///
/// Rules: [R05](crate::guide::rules#r05), [R21](crate::guide::rules#r21).
#[must_use = "the object is dropped with its `OwnedLoan`, which `let _ =` does at once; keep it: \
              `end` gives the owner back"]
pub struct OwnedLoan<T, A> {
    /// This is boxed to keep the handle small: the `Refused` of a failed call contains the whole handle.
    pub(super) lending: Box<Lending<T>>,
    access: PhantomData<fn() -> A>,
}

/// The content of an `OwnedLoan`.
pub(super) struct Lending<T> {
    pub(super) owner: Owned<T>,
    pub(super) terms: Terms,
    /// What became of the loan, after it has ended.
    pub(super) ended: OnceLock<Box<LoanEnd>>,
    /// If an end fails, the owner gets a clone of this, and the owner's drop then detaches the object.
    left: LeaveBehind,
}

impl<T> Owned<T> {
    /// Lends the object to any number of readers, and moves the owner into the loan. Changes are written first.
    ///
    /// # Errors
    /// The errors of [`lend`](Owned::lend). A failed call drops the owner, and the drop removes the object if possible;
    /// [`into_loan_or_return`](Owned::into_loan_or_return) gives the owner back.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let lent = store.put(String::from("to read"))?.into_loan()?;
    /// let lease = store.redeem(lent.ticket()?)?;
    /// assert_eq!(*lease.borrow()?, *lent.borrow()?);
    /// drop(lease);
    /// let (mut text, _ended) = lent.end()?;
    /// text.borrow_mut()?.push('!');
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn into_loan(self) -> Result<OwnedLoan<T, Shared>> {
        Ok(self.into_loan_at(Location::caller())?)
    }

    /// Does what [`into_loan`](Owned::into_loan) does, and gives the owner back if that fails.
    ///
    /// # Errors
    /// The errors of [`into_loan`](Owned::into_loan). The owner is in the [`Refused`].
    #[track_caller]
    pub fn into_loan_or_return(self) -> Result<OwnedLoan<T, Shared>, Refused<Self>> {
        self.into_loan_at(Location::caller())
    }

    fn into_loan_at(mut self, at: Caller) -> Result<OwnedLoan<T, Shared>, Refused<Self>> {
        self.raw.forget_handles();
        match self.open_shared(at) {
            Ok(epoch) => Ok(new_loan(self, Terms::shared(epoch))),
            Err(error) => Err(Refused::new(error, self)),
        }
    }

    /// Lends the object to one borrower, which may change it, and moves the owner into the loan. Changes are written
    /// first.
    ///
    /// # Errors
    /// The errors of [`lend_mut`](Owned::lend_mut). A failed call drops the owner, and the drop removes the object if
    /// possible; [`into_loan_mut_or_return`](Owned::into_loan_mut_or_return) gives the owner back.
    #[track_caller]
    pub fn into_loan_mut(self) -> Result<OwnedLoan<T, Exclusive>> {
        Ok(self.into_loan_mut_at(Location::caller())?)
    }

    /// Does what [`into_loan_mut`](Owned::into_loan_mut) does, and gives the owner back if that fails.
    ///
    /// # Errors
    /// The errors of [`into_loan_mut`](Owned::into_loan_mut). The owner is in the [`Refused`].
    #[track_caller]
    pub fn into_loan_mut_or_return(self) -> Result<OwnedLoan<T, Exclusive>, Refused<Self>> {
        self.into_loan_mut_at(Location::caller())
    }

    fn into_loan_mut_at(mut self, at: Caller) -> Result<OwnedLoan<T, Exclusive>, Refused<Self>> {
        match self.open_exclusive(at) {
            Ok((nonce, _loaded)) => Ok(new_loan(self, Terms::exclusive(nonce))),
            Err(error) => Err(Refused::new(error, self)),
        }
    }
}

fn new_loan<T, A>(owner: Owned<T>, terms: Terms) -> OwnedLoan<T, A> {
    let left = text::left_behind((owner.functions)().known);
    let lending = Lending { owner, terms, ended: OnceLock::new(), left };
    OwnedLoan { lending: Box::new(lending), access: PhantomData }
}

impl<T, A> OwnedLoan<T, A> {
    /// Returns the id of the object, which names the object in its store.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.lending.owner.id()
    }

    /// Ends the loan: waits up to 30 seconds for the borrowers, as [`Loan::end`](crate::Loan::end) does, and returns
    /// the owner and what became of the loan.
    ///
    /// # Errors
    /// The errors of [`Loan::end`](crate::Loan::end): `Timeout` or `WouldDeadlock`, with the holders; else the errors
    /// of the store, such as `Io`.
    ///
    /// A failed call drops the loan. The drop [revokes](OwnedLoan::revoke) the loan if a borrower still holds the
    /// object, and detaches the object, which stays in the store. The error then has the object's
    /// [key](crate::Error::key), with which a process can [adopt](crate::Store::adopt) the object. If the drop cannot
    /// detach the object, the error has no key, and the session owns the object until the session is over.
    /// [`end_or_return`](OwnedLoan::end_or_return) gives the loan back.
    #[track_caller]
    pub fn end(self) -> Result<(Owned<T>, LoanEnd)> {
        Ok(self.end_at(END_TIMEOUT, Location::caller())?)
    }

    /// Does what [`end`](OwnedLoan::end) does, and gives the loan back if that fails.
    ///
    /// # Errors
    /// The errors of [`end`](OwnedLoan::end). The loan is in the [`Refused`], with its owner.
    #[track_caller]
    pub fn end_or_return(self) -> Result<(Owned<T>, LoanEnd), Refused<Self>> {
        self.end_at(END_TIMEOUT, Location::caller())
    }

    /// Ends the loan as [`end`](OwnedLoan::end) does, but waits up to `timeout`. With a `timeout` of zero, the call
    /// does not wait.
    ///
    /// # Errors
    /// The errors of [`end`](OwnedLoan::end).
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// use ref_core::{ErrorKind, Key};
    /// use std::time::Duration;
    ///
    /// let lent = store.put(1_u64)?.into_loan_mut()?;
    /// let lease = store.redeem(lent.ticket()?)?;
    /// let late = lent.end_timeout(Duration::ZERO).unwrap_err(); // or `?`: the object stays in the store
    /// assert_eq!(late.kind(), ErrorKind::Timeout);
    ///
    /// let key: Key<u64> = late.key().expect("the object is detached").parse()?;
    /// let count = store.adopt(key)?;
    /// assert_eq!(*count.borrow()?, 1);
    /// assert!(lease.commit().is_err()); // the loan was revoked
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn end_timeout(self, timeout: Duration) -> Result<(Owned<T>, LoanEnd)> {
        Ok(self.end_at(timeout, Location::caller())?)
    }

    /// Does what [`end_timeout`](OwnedLoan::end_timeout) does, and gives the loan back if that fails.
    ///
    /// # Errors
    /// The errors of [`end`](OwnedLoan::end). The loan is in the [`Refused`], with its owner.
    #[track_caller]
    pub fn end_timeout_or_return(self, timeout: Duration) -> Result<(Owned<T>, LoanEnd), Refused<Self>> {
        self.end_at(timeout, Location::caller())
    }

    fn end_at(self, timeout: Duration, at: Caller) -> Result<(Owned<T>, LoanEnd), Refused<Self>> {
        let ended = self.wait_at(timeout, at);
        self.into_owner(ended)
    }

    /// Waits up to `timeout` for the borrowers, as [`end_timeout`](OwnedLoan::end_timeout) does, but does not consume
    /// the loan.
    ///
    /// The call closes a shared loan to new borrowers. After `Ok`, the loan has ended, and [`end`](OwnedLoan::end)
    /// gives the owner back at once. After `Timeout`, a caller can wait again or revoke the loan.
    ///
    /// # Errors
    /// The errors of [`end`](OwnedLoan::end), but the loan is not dropped. If the caller then drops the loan, the drop
    /// detaches the object as after a failed `end`. From then on the error has the object's [key](crate::Error::key).
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// use std::time::Duration;
    ///
    /// let lent = store.put(1_u64)?.into_loan()?;
    /// let lease = store.redeem(lent.ticket()?)?;
    /// let late = lent.wait(Duration::ZERO).unwrap_err();
    /// assert_eq!(late.key(), None); // the loan still has the owner
    /// drop(lease);
    /// let (count, _ended) = lent.end()?;
    /// # drop(count);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn wait(&self, timeout: Duration) -> Result<()> {
        self.wait_at(timeout, Location::caller()).map(|_ended| ())
    }

    fn wait_at(&self, timeout: Duration, at: Caller) -> Result<LoanEnd> {
        let Lending { owner, terms, ended, .. } = &*self.lending;
        self.or_leave_behind(ending::end(&owner.raw, ended, Some(terms), timeout, at))
    }

    /// Takes the object back at once, without waiting for the borrowers that hold it, as
    /// [`Loan::revoke`](crate::Loan::revoke) does. Returns the owner and what became of the loan.
    ///
    /// # Errors
    /// The errors of [`Owned::revoke_loan`]. A failed call drops the loan, which detaches the object as after a failed
    /// [`end`](OwnedLoan::end); [`revoke_or_return`](OwnedLoan::revoke_or_return) gives the loan back.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let lent = store.put(1_u64)?.into_loan_mut()?;
    /// let lease = store.redeem(lent.ticket()?)?;
    /// let (count, _revoked) = lent.revoke()?;
    /// assert_eq!(*count.borrow()?, 1);
    /// assert!(lease.commit().is_err());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn revoke(self) -> Result<(Owned<T>, LoanEnd)> {
        Ok(self.revoke_at(Location::caller())?)
    }

    /// Does what [`revoke`](OwnedLoan::revoke) does, and gives the loan back if that fails.
    ///
    /// # Errors
    /// The errors of [`revoke`](OwnedLoan::revoke). The loan is in the [`Refused`].
    #[track_caller]
    pub fn revoke_or_return(self) -> Result<(Owned<T>, LoanEnd), Refused<Self>> {
        self.revoke_at(Location::caller())
    }

    fn revoke_at(self, at: Caller) -> Result<(Owned<T>, LoanEnd), Refused<Self>> {
        let revoked = self.or_leave_behind(ending::revoke(&self.lending.owner.raw, &self.lending.ended, at));
        self.into_owner(revoked)
    }

    /// Returns `ended`. If `ended` is an error, arranges that dropping the loan detaches the object and does not remove
    /// it, since `?` drops the loan. The error shares the cell into which the drop writes the object's key. If `ended`
    /// is `Ok`, undoes what an earlier call has arranged.
    pub(super) fn or_leave_behind(&self, ended: Result<LoanEnd>) -> Result<LoanEnd> {
        let behind = ended.is_err().then(|| self.lending.left.clone());
        self.lending.owner.raw.lock().set_left(behind);
        ended.map_err(|error| error.with_detached(DetachedKey::clone(&self.lending.left.key)))
    }

    fn into_owner(self, ended: Result<LoanEnd>) -> Result<(Owned<T>, LoanEnd), Refused<Self>> {
        match ended {
            Ok(ended) => Ok((self.lending.owner, ended)),
            Err(error) => Err(Refused::new(error, self)),
        }
    }

    #[doc(hidden)]
    pub fn end_async(self) -> std::future::Pending<Result<(Owned<T>, LoanEnd)>>
    where
        Self: EndedByAFuture,
    {
        EndedByAFuture::refused(self)
    }

    #[doc(hidden)]
    #[expect(clippy::should_implement_trait)]
    pub fn clone(&self) -> Self
    where
        Self: ClonedLoan,
    {
        ClonedLoan::refused(self)
    }
}

impl<T, A: Access> OwnedLoan<T, A> {
    /// Makes a ticket for a borrower. A shared loan makes any number of tickets, and an exclusive loan makes one.
    ///
    /// # Errors
    /// The errors of [`Loan::ticket`](crate::Loan::ticket).
    pub fn ticket(&self) -> Result<Ticket<T, A>> {
        self.lending.terms.ticket(&self.lending.owner.raw, self.lending.owner.functions)
    }

    /// Makes another ticket for an exclusive loan that has no borrower, and makes the earlier ticket void. Available
    /// for `Exclusive` access.
    ///
    /// # Errors
    /// `Conflict` while a borrower holds the object, `Expired` if a [`wait`](OwnedLoan::wait) has ended the loan; else
    /// the errors of the store, such as `Io`.
    #[track_caller]
    pub fn reissue(&self) -> Result<Ticket<T, A>>
    where
        A: OneBorrower,
    {
        self.lending.terms.reissue(&self.lending.owner.raw, self.lending.owner.functions, Location::caller())
    }

    /// Borrows the value to read it, beside the readers that the object is lent to. Available for `Shared` access.
    ///
    /// # Errors
    /// The errors of [`Owned::borrow`].
    #[track_caller]
    pub fn borrow(&self) -> Result<Ref<'_, T>>
    where
        A: BesideOwner,
    {
        self.lending.owner.borrow()
    }
}

impl<T, A: Access> fmt::Debug for OwnedLoan<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedLoan")
            .field("object", &format_args!("{}", self.id()))
            .field("access", &A::KIND)
            .finish_non_exhaustive()
    }
}
