//! The handle of a loan, and how an owner makes one.

use super::ended::LoanEnd;
use super::ending::END_TIMEOUT;
use super::raw::RawLoan;
use super::terms::Terms;
use crate::backend::Caller;
use crate::codec::envelope::SealedVersion;
use crate::error::{Refused, Result};
use crate::handle::access::{Access, Exclusive, OneBorrower, Shared};
use crate::handle::loaded::MaybeLoaded;
use crate::handle::not_offered::ClonedLoan;
use crate::handle::owned::Owned;
use crate::handle::ticket::Ticket;
use crate::id::{Epoch, Nonce, ObjectId};
use crate::store::functions::FunctionsOf;
use crate::store::object::LentState;
use crate::store::turn::Turn;
use crate::store::unwritten::Unwritten;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::time::Duration;

/// The lender's side of a borrow by other threads or processes: the loan makes their [tickets](Loan::ticket), and waits
/// for the borrowers at the [end](Loan::end). [`Owned::lend`] and [`Owned::lend_mut`] make a loan.
///
/// While the loan is alive, the compiler makes the owner keep to the rules of the borrow: beside a [`Shared`] loan the
/// owner can be read, and beside an [`Exclusive`] loan it cannot be used. The ledger makes the borrowers keep to these
/// rules.
///
/// Dropping a loan closes it to new borrowers, unless other shared loans of the object are open. The drop does not wait
/// for borrowers that hold the object. [`end`](Loan::end) waits for the borrowers, and returns what became of the loan.
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
/// The owner cannot change the value during a loan:
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
///
/// Rules: [R04](crate::guide::rules#r04), [R05](crate::guide::rules#r05), [R07](crate::guide::rules#r07).
#[must_use = "a loan is closed when it is dropped, and its tickets have expired: `let _ =` does that at once, \
              `owned.lend()?.ticket()?` at the `;`; keep the loan in a variable until the borrowers are done"]
pub struct Loan<'a, T, A> {
    pub(in crate::handle) raw: RawLoan<'a>,
    functions: FunctionsOf<T>,
    owner: PhantomData<&'a Owned<T>>,
    access: PhantomData<fn() -> A>,
}

impl<T> Owned<T> {
    /// Lends the object to any number of readers. The owner's changes are written first. Overlapping shared loans are
    /// one loan in the ledger.
    ///
    /// This process keeps its copy of a value that it has changed, since a borrow may point to the copy. For a large
    /// value, call [`unload`](Owned::unload) first: it writes the value and drops the copy.
    ///
    /// # Errors
    /// `Encode`, `TooLarge` or `StoreFull` if a change cannot be written. `Conflict` while a borrower holds the object
    /// under an exclusive loan whose handle was dropped or forgotten; else the errors of the store, such as `Io` or
    /// `SessionLost`.
    #[track_caller]
    pub fn lend(&self) -> Result<Loan<'_, T, Shared>> {
        self.open_shared(Location::caller()).map(|epoch| shared_loan(self, epoch))
    }

    /// Lends the object to one borrower, which may change it. The owner's changes are written first. This process drops
    /// its copy of the value, and reads the value again at the owner's next borrow.
    ///
    /// # Errors
    /// The errors of [`lend`](Owned::lend). `Conflict` also while readers hold the object under a loan whose handle was
    /// dropped or forgotten.
    #[track_caller]
    pub fn lend_mut(&mut self) -> Result<Loan<'_, T, Exclusive>> {
        let (nonce, _loaded) = self.open_exclusive(Location::caller())?;
        Ok(new_loan(RawLoan::new(&self.raw, Terms::exclusive(nonce)), self.functions))
    }

    pub(in crate::handle) fn open_shared(&self, at: Caller) -> Result<Epoch> {
        // `change` is declared before `state`, so it is dropped after `state`: dropping the turn locks the state again.
        let (change, known) = (self.change()?, (self.functions)().known);
        if self.raw.lock().unwritten() == Unwritten::Version {
            self.raw.store().describe(known());
        }
        let (store, mut state) = (self.raw.store(), self.raw.lock());
        if state.lent == LentState::Exclusive {
            state.end(store, at)?;
        }
        match &change {
            Some((_turn, sealed)) if state.unwritten() != Unwritten::Nothing => {
                state.write(store, &sealed.pieces(), at)?
            }
            _ => state.write_file(store, at)?,
        }
        state.lend(store, at)
    }

    /// Encodes the value if it was changed, and returns its bytes and the turn. The caller writes them before it
    /// drops the turn. Returns `None` if there is nothing to encode.
    fn change(&self) -> Result<Option<(Turn<'_>, SealedVersion)>> {
        let is_changed = || self.raw.lock().unwritten() == Unwritten::Value;
        let Some(value) = self.value.get().filter(|_| is_changed()) else { return Ok(None) };
        let turn = self.raw.take_turn()?;
        // The state is looked at again: another thread may have had the turn before, and have written the value.
        is_changed().then(|| Ok((turn, (self.functions)().encode(self.raw.store(), value)?))).transpose()
    }

    /// Opens an exclusive loan. Returns the secret of the loan's ticket, and the value if one was loaded. The caller
    /// first makes sure that a destructor will end the loan or remove the object, and then drops the value: the value's
    /// own destructor may panic.
    pub(in crate::handle) fn open_exclusive(&mut self, at: Caller) -> Result<(Nonce, MaybeLoaded<T>)> {
        self.end_loan_and_flush(at)?;
        let (store, state) = self.raw.parts();
        let nonce = store.nonce()?;
        state.lend_mut(store, nonce.right(), at)?;
        Ok((nonce, self.value.take()))
    }
}

/// Makes a handle of the shared loan that was opened at `epoch`.
pub(in crate::handle) fn shared_loan<T>(owner: &Owned<T>, epoch: Epoch) -> Loan<'_, T, Shared> {
    new_loan(RawLoan::new(&owner.raw, Terms::shared(epoch)), owner.functions)
}

fn new_loan<T, A>(raw: RawLoan<'_>, functions: FunctionsOf<T>) -> Loan<'_, T, A> {
    Loan { raw, functions, owner: PhantomData, access: PhantomData }
}

impl<T, A> Loan<'_, T, A> {
    /// Returns the id of the object, which names it in its store.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.raw.owner.lock().object
    }

    /// Ends the loan: waits up to 30 seconds for the borrowers, and returns what became of the loan.
    ///
    /// * The end of an exclusive loan waits for the redemption of its [`ticket`](Loan::ticket) too, since a borrower
    ///   may be about to redeem it. If no borrower does so in time, the ticket becomes void, and the loan ends as
    ///   `NeverRedeemed`. If no ticket was made, the loan ends at once. The loan also ends at once if the ticket was
    ///   never written as text, and either was dropped or could be redeemed by the waiting thread only.
    /// * A shared loan is closed to new borrowers at once, since the owner does not know how many more borrowers will
    ///   come. Before you end a shared loan, wait until each borrower has said that it has redeemed its ticket.
    /// * If other shared loans of the object are still open, this loan ends at once, and the result says how many
    ///   remain. New borrowers can then still redeem the tickets of all these loans.
    ///
    /// # Errors
    /// `Timeout` if a borrower still holds the object when the time is over;
    /// [`Error::conflict`](crate::Error::conflict) names the borrower. `WouldDeadlock`, at once, if the one borrower is
    /// the owner's own session and this process has no other thread that could give the lease back. (With other
    /// threads, any of them may have the lease, and `end` waits.) Otherwise the errors of the store, such as `Io` or
    /// `SessionLost`.
    ///
    /// The loan is dropped. After `Timeout` or `WouldDeadlock` the loan is closed to new borrowers, and its owner can
    /// wait again by [`end_loan`](Owned::end_loan), or take the object back by [`revoke_loan`](Owned::revoke_loan).
    /// [`end_or_return`](Loan::end_or_return) gives the loan back.
    #[track_caller]
    pub fn end(self) -> Result<LoanEnd> {
        self.raw.end(END_TIMEOUT, Location::caller())
    }

    /// Does what [`end`](Loan::end) does, and gives the loan back if that fails.
    ///
    /// # Errors
    /// The errors of [`end`](Loan::end). The loan is in the [`Refused`], and can be ended again or revoked.
    #[track_caller]
    pub fn end_or_return(self) -> Result<LoanEnd, Refused<Self>> {
        self.raw.end(END_TIMEOUT, Location::caller()).map_err(|error| Refused::new(error, self))
    }

    /// Ends the loan as [`end`](Loan::end) does, but waits up to `timeout`. A `timeout` of zero does not wait.
    ///
    /// # Errors
    /// The errors of [`end`](Loan::end).
    #[track_caller]
    pub fn end_timeout(self, timeout: Duration) -> Result<LoanEnd> {
        self.raw.end(timeout, Location::caller())
    }

    /// Does what [`end_timeout`](Loan::end_timeout) does, and gives the loan back if that fails.
    ///
    /// # Errors
    /// The errors of [`end`](Loan::end). The loan is in the [`Refused`], and can be ended again or revoked.
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

    /// Waits up to `timeout` for the borrowers, as [`end_timeout`](Loan::end_timeout) does, but does not consume the
    /// handle.
    ///
    /// Closes the loan to new borrowers, unless other shared loans of the object are open. After `Ok`,
    /// [`end`](Loan::end) returns at once what became of the loan. After a time-out, the loan can be waited for again
    /// or revoked. The owner stays borrowed as long as the handle is alive.
    ///
    /// # Errors
    /// The errors of [`end`](Loan::end), but the loan is not dropped.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// use std::time::Duration;
    ///
    /// let mut count = store.put(1_u64)?;
    /// let loan = count.lend()?;
    /// let lease = store.redeem(loan.ticket()?)?;
    /// assert!(loan.wait(Duration::ZERO).is_err()); // the reader holds the object
    /// lease.release()?;
    /// loan.wait(Duration::from_secs(5))?;
    /// let _ended = loan.end()?;
    /// *count.borrow_mut()? = 2;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn wait(&self, timeout: Duration) -> Result<()> {
        self.raw.end(timeout, Location::caller()).map(|_ended| ())
    }

    /// Takes the object back at once, without waiting for the borrowers that hold it, and returns what became of the
    /// loan. Readers can go on reading their version; a writer's later commit fails with `Fenced`.
    ///
    /// # Errors
    /// `Conflict` if this is one of several overlapping shared loans; else the errors of
    /// [`revoke_loan`](Owned::revoke_loan). The loan is dropped; [`revoke_or_return`](Loan::revoke_or_return) gives the
    /// loan back.
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

    /// Does what [`revoke`](Loan::revoke) does, and gives the loan back if that fails.
    ///
    /// # Errors
    /// The errors of [`revoke`](Loan::revoke). The loan is in the [`Refused`].
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
        ClonedLoan::refused(self)
    }
}

impl<T, A: Access> Loan<'_, T, A> {
    /// Makes a ticket for a borrower. A shared loan makes any number of tickets, and an exclusive loan makes one.
    ///
    /// # Errors
    /// `Expired` if this is a shared loan that an end or a [`wait`](Loan::wait) has closed to new borrowers.
    /// `TicketMade` if this is an exclusive loan that has made its ticket: [`reissue`](Loan::reissue) makes another
    /// one.
    pub fn ticket(&self) -> Result<Ticket<T, A>> {
        self.raw.terms.ticket(self.raw.owner, self.functions)
    }

    /// Makes another ticket for an exclusive loan that has no borrower, and makes the earlier ticket void. Call this if
    /// the ticket was lost or the borrower died. Available for `Exclusive` access.
    ///
    /// # Errors
    /// `Conflict` while a borrower holds the object. `Expired` if a [`wait`](Loan::wait) has ended the loan; else the
    /// errors of the store.
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
        A: OneBorrower,
    {
        self.raw.terms.reissue(self.raw.owner, self.functions, Location::caller())
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
