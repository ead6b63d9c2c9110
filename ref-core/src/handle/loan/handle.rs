//! The handle of a loan, and how an owner makes one.

use super::ended::LoanEnd;
use super::ending::END_TIMEOUT;
use super::raw::RawLoan;
use super::terms::Terms;
use crate::Result;
use crate::backend::Place;
use crate::error::Refused;
use crate::handle::access::{Access, CanWrite, Exclusive, Shared};
use crate::handle::not_clone::ClonedLoan;
use crate::handle::owned::{MaybeLoaded, Owned};
use crate::handle::ticket::Ticket;
use crate::id::{Epoch, Nonce, ObjectId};
use crate::store::object::LentState;
use crate::store::turn::Turn;
use crate::stored::Stored;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::time::Duration;

/// The lender's record of a borrow that it gave to other threads or processes; it makes their tickets.
///
/// While it lives, the compiler holds the owner to the borrow: it reads beside a [`Shared`] loan, and does nothing
/// beside an [`Exclusive`] one. Between processes the ledger holds the borrowers to it.
///
/// Dropping it closes the loan: no new borrower comes, and those that have borrowed go on. [`end`](Loan::end) waits for
/// those and says what they did.
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// let mut count = store.put(1_u64)?;
///
/// let loan = count.lend_mut()?;
/// let mut lease = store.redeem(loan.ticket()?)?; // in another process
/// *lease.borrow_mut()? += 1;
/// let token = lease.commit()?;
///
/// assert_eq!(loan.end()?.committed, Some(token));
/// assert_eq!(*count.borrow()?, 2);
/// # Ok(())
/// # }
/// ```
///
/// The owner cannot be changed while it is lent:
///
/// ```compile_fail,E0502
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// # let mut count = store.put(1_u64)?;
/// let loan = count.lend()?;
/// *count.borrow_mut()? += 1;
/// # Ok(())
/// # }
/// ```
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// # let mut count = store.put(1_u64)?;
/// let loan = count.lend()?;
/// println!("{}", loan.end()?);
/// *count.borrow_mut()? += 1;
/// # Ok(())
/// # }
/// ```
#[must_use = "a loan is closed when it is dropped, and its tickets have expired: `let _ =` does that at once, \
              `owned.lend()?.ticket()?` at the `;`; keep the loan in a variable until the borrowers are done"]
pub struct Loan<'a, T, A> {
    raw: RawLoan<'a>,
    owner: PhantomData<&'a Owned<T>>,
    access: PhantomData<fn() -> A>,
}

impl<T: Stored> Owned<T> {
    /// Lends the object to any number of readers, after writing changes. Loans that overlap are one in the ledger.
    ///
    /// # Errors
    /// `Encode`, `TooLarge` or `StoreFull` for a change that cannot be written; `Conflict` while the borrower of a
    /// forgotten exclusive loan still holds the object.
    #[track_caller]
    pub fn lend(&self) -> Result<Loan<'_, T, Shared>> {
        self.open_shared(Location::caller()).map(|epoch| Loan::shared(self, epoch))
    }

    /// Lends the object to one borrower that may change it, after writing changes. This process gives its copy of the
    /// value up, and reads it again when it next borrows.
    ///
    /// # Errors
    /// As [`lend`](Owned::lend); `Conflict` also while readers of a dropped or forgotten loan still hold the object.
    #[track_caller]
    pub fn lend_mut(&mut self) -> Result<Loan<'_, T, Exclusive>> {
        let (nonce, _loaded) = self.open_exclusive(Location::caller())?;
        Ok(Loan::new(RawLoan::new(&self.raw, Terms::exclusive(nonce))))
    }

    pub(in crate::handle) fn open_shared(&self, at: Place) -> Result<Epoch> {
        let change = self.change()?; // dropped after `state`, which the end of a turn locks
        let (store, mut state) = (self.raw.store(), self.raw.lock());
        if state.lent == LentState::Exclusive {
            state.end(store, at)?;
        }
        match &change {
            Some((_turn, bytes)) if state.dirty => state.write(store, bytes, at)?,
            _ => {}
        }
        state.lend(store, at)
    }

    /// The bytes of a value that was changed, to be written before the turn is over.
    fn change(&self) -> Result<Option<(Turn<'_>, Vec<u8>)>> {
        let Some(value) = self.value.get().filter(|_| self.raw.lock().dirty) else { return Ok(None) };
        let turn = self.raw.take_turn()?;
        // Another thread may have written it in its turn.
        let changed = self.raw.lock().dirty;
        changed.then(|| Ok((turn, self.raw.store().encode(&**value)?))).transpose()
    }

    /// Opens an exclusive loan. The value that was loaded is to be dropped when the loan has its handle: its destructor
    /// may panic, and the handle then ends the loan.
    pub(in crate::handle) fn open_exclusive(&mut self, at: Place) -> Result<(Nonce, MaybeLoaded<T>)> {
        self.end_loan_if_lent(at)?;
        let nonce = Nonce::random()?;
        self.flush_at(at)?;
        let (store, state) = self.raw.parts();
        state.lend_mut(store, nonce.right(), at)?;
        Ok((nonce, self.value.take()))
    }
}

impl<'a, T> Loan<'a, T, Shared> {
    /// The handle of a loan that was opened.
    pub(in crate::handle) fn shared(owner: &'a Owned<T>, epoch: Epoch) -> Self {
        Loan::new(RawLoan::new(&owner.raw, Terms::shared(epoch)))
    }
}

impl<'a, T, A> Loan<'a, T, A> {
    fn new(raw: RawLoan<'a>) -> Self {
        Self { raw, owner: PhantomData, access: PhantomData }
    }

    /// Names the object in its store.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.raw.owner.lock().object
    }

    /// Ends the loan: waits up to 30 seconds for its borrowers, and says what they did.
    ///
    /// An exclusive loan whose [`ticket`](Loan::ticket) is out waits for its redemption too: the borrower may be on its
    /// way. If the time runs out before that, the ticket is void, and the loan ended as `NeverRedeemed`. So it ends at once
    /// where the ticket cannot come: it was not written as text and was dropped, or this process has no other thread that
    /// could redeem it. A shared loan
    /// is closed to new borrowers first, since it does not know how many are to come: have them say that they have
    /// redeemed before you end it.
    ///
    /// One of several overlapping shared loans ends at once, and says how many remain.
    ///
    /// # Errors
    /// `Timeout` if a borrower holds the object all that time; [`Error::conflict`](crate::Error::conflict) names it.
    /// `WouldDeadlock` at once if the borrower is this `Store`'s own session and this process has no other thread that
    /// could give the lease back. (With other threads it is not known which of them has the lease, and `end` waits.) The loan
    /// is dropped, and stays closed to new borrowers; its owner can go on waiting by [`end_loan`](Owned::end_loan), or take the
    /// object back by [`revoke_loan`](Owned::revoke_loan). [`end_or_return`](Loan::end_or_return) gives the loan back.
    #[track_caller]
    pub fn end(self) -> Result<LoanEnd> {
        self.raw.end(END_TIMEOUT, Location::caller())
    }

    /// [`end`](Loan::end), which gives the loan back where it is refused.
    ///
    /// # Errors
    /// As [`end`](Loan::end). The loan comes back in the [`Refused`], to be ended again or revoked.
    #[track_caller]
    pub fn end_or_return(self) -> Result<LoanEnd, Refused<Self>> {
        self.raw.end(END_TIMEOUT, Location::caller()).map_err(|error| Refused::new(error, self))
    }

    /// [Ends](Loan::end) the loan within `timeout`; of zero, without waiting.
    ///
    /// # Errors
    /// As [`end`](Loan::end).
    #[track_caller]
    pub fn end_timeout(self, timeout: Duration) -> Result<LoanEnd> {
        self.raw.end(timeout, Location::caller())
    }

    /// [`end_timeout`](Loan::end_timeout), which gives the loan back where it is refused.
    ///
    /// # Errors
    /// As [`end`](Loan::end). The loan comes back in the [`Refused`], to be ended again or revoked.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// use ref_core::{ErrorKind, Refused};
    /// use std::time::Duration;
    ///
    /// let count = store.put(1_u64)?;
    /// let loan = count.lend()?;
    /// let lease = store.redeem(loan.ticket()?)?;
    /// let Refused { error, handle: loan } = loan.end_timeout_or_return(Duration::ZERO).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Timeout);
    /// assert_eq!(error.conflict().unwrap().holders[0].pid, std::process::id());
    /// lease.release()?;
    /// let _ = loan.end()?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn end_timeout_or_return(self, timeout: Duration) -> Result<LoanEnd, Refused<Self>> {
        self.raw.end(timeout, Location::caller()).map_err(|error| Refused::new(error, self))
    }

    /// Closes the loan to new borrowers, and waits up to `timeout` for those it has; with zero, does not wait. Gives nothing
    /// up: after a time-out the loan can be waited for again or revoked, and once this has returned `Ok`,
    /// [`end`](Loan::end) says at once what became of the loan. The owner is free when the handle is gone.
    ///
    /// # Errors
    /// As [`end`](Loan::end), and the loan stays.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// use std::time::Duration;
    ///
    /// let mut count = store.put(1_u64)?;
    /// let loan = count.lend()?;
    /// let lease = store.redeem(loan.ticket()?)?;
    /// assert!(loan.wait(Duration::ZERO).is_err()); // the reader has it
    /// lease.release()?;
    /// loan.wait(Duration::from_secs(5))?;
    /// let _ended = loan.end()?;
    /// *count.borrow_mut()? = 2;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn wait(&self, timeout: Duration) -> Result<()> {
        self.raw.end(timeout, Location::caller()).map(drop)
    }

    /// Takes the object back at once, whoever holds it. Readers keep what they read; a writer's commit is refused
    /// as `Fenced`.
    ///
    /// # Errors
    /// `Conflict` if this is one of several overlapping shared loans. The loan is dropped;
    /// [`revoke_or_return`](Loan::revoke_or_return) gives it back.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut count = store.put(1_u64)?;
    /// let loan = count.lend_mut()?;
    /// let mut lease = store.redeem(loan.ticket()?)?;
    /// *lease.borrow_mut()? = 100;
    ///
    /// let _ = loan.revoke()?;
    /// *count.borrow_mut()? += 1;
    /// let refused = lease.commit_or_return().unwrap_err();
    /// assert_eq!(refused.error.kind(), ref_core::ErrorKind::Fenced);
    /// assert_eq!((*refused.handle.borrow()?, *count.borrow()?), (100, 2));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn revoke(self) -> Result<LoanEnd> {
        self.raw.revoke(Location::caller())
    }

    /// [`revoke`](Loan::revoke), which gives the loan back where it is refused.
    ///
    /// # Errors
    /// As [`revoke`](Loan::revoke). The loan comes back in the [`Refused`].
    #[track_caller]
    pub fn revoke_or_return(self) -> Result<LoanEnd, Refused<Self>> {
        self.raw.revoke(Location::caller()).map_err(|error| Refused::new(error, self))
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

impl<T: Stored, A: Access> Loan<'_, T, A> {
    /// Makes a ticket for a borrower. A shared loan makes any number of them, an exclusive loan one.
    ///
    /// # Errors
    /// `Expired` if a shared loan was closed by an [`end_timeout`](Loan::end_timeout) that ran out, `Conflict` for the
    /// second ticket of an exclusive loan: [`reissue`](Loan::reissue) makes it.
    pub fn ticket(&self) -> Result<Ticket<T, A>> {
        self.raw.terms.ticket(self.raw.owner)
    }

    /// Makes another ticket for an exclusive loan that has no borrower, such as after its borrower died; the ticket before
    /// it is void. Available for `Exclusive` access.
    ///
    /// # Errors
    /// `Conflict` while a borrower holds the object.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut count = store.put(1_u64)?;
    /// let loan = count.lend_mut()?;
    /// let first = loan.ticket()?;
    /// let second = loan.reissue()?;
    /// assert_eq!(store.redeem(first).unwrap_err().kind(), ref_core::ErrorKind::Expired);
    /// store.redeem(second)?.commit()?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn reissue(&self) -> Result<Ticket<T, A>>
    where
        A: CanWrite,
    {
        self.raw.terms.reissue(self.raw.owner, Location::caller())
    }
}

impl<T, A: Access> fmt::Debug for Loan<'_, T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loan")
            .field("object", &format_args!("{}", self.id()))
            .field("access", &A::KIND)
            .finish_non_exhaustive()
    }
}
