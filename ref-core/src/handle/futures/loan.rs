//! The wait for the borrowers of a loan, without a thread.

use crate::backend::{Awaited, Caller};
use crate::error::{ErrorKind, Result};
use crate::handle::loan::{Loan, LoanEnd, Terms, ending};
use crate::handle::owned_loan::{Lending, OwnedLoan};
use crate::reactor::{Attempt, PolledCall};
use crate::store::Store;
use crate::store::object::RawOwned;
use crate::sync::OnceLock;
use std::panic::Location;

impl<T, A> Loan<'_, T, A> {
    /// Waits for the borrowers as [`wait`](Loan::wait) does, without a thread and without a limit of time. After `Ok`,
    /// [`end`](Loan::end) returns at once what became of the loan.
    ///
    /// The future is cancel-safe: one that is dropped leaves the loan as [`wait`](Loan::wait) does after a time-out, so a
    /// shared loan admits no new borrower. On a server, each poll sends a request and waits for the reply.
    ///
    /// # Errors
    /// The errors of the store, such as `Io` or `SessionLost`. The call is never `WouldDeadlock`: another task of the
    /// thread may have the lease.
    #[track_caller]
    pub fn wait_async(&self) -> impl Future<Output = Result<()>> {
        let (owner, terms, ended) = (self.raw.owner, &self.raw.terms, &self.raw.ended);
        let wait = PolledCall::new(EndAttempt { owner, terms, ended, at: Location::caller() });
        async move { wait.await.map(|_ended| ()) }
    }
}

impl<T, A> Loan<'_, T, A> {
    /// Ends the loan as [`end`](Loan::end) does, without a thread and without a limit of time, and returns what became of
    /// it.
    ///
    /// The future is cancel-safe: one that is dropped is a loan that is dropped. It is closed to new borrowers, and no drop
    /// waits for those that hold the object. A change by the owner is `Conflict` as long as they do;
    /// [`Owned::end_loan`](crate::Owned::end_loan) waits for them.
    ///
    /// An [`OwnedLoan`] is not ended so, since its drop drops the owner: await its [`wait_async`](OwnedLoan::wait_async),
    /// after which [`end`](OwnedLoan::end) returns at once.
    ///
    /// # Errors
    /// The errors of [`wait_async`](Loan::wait_async). A failed call drops the loan.
    #[track_caller]
    pub fn end_async(self) -> impl Future<Output = Result<LoanEnd>> {
        let at = Location::caller();
        async move {
            let (owner, terms, ended) = (self.raw.owner, &self.raw.terms, &self.raw.ended);
            PolledCall::new(EndAttempt { owner, terms, ended, at }).await
        }
    }
}

impl<T, A> OwnedLoan<T, A> {
    /// Waits for the borrowers as [`wait`](OwnedLoan::wait) does, without a thread and without a limit of time. After `Ok`,
    /// [`end`](OwnedLoan::end) gives the owner back at once.
    ///
    /// The future is cancel-safe: one that is dropped leaves the loan as [`wait`](OwnedLoan::wait) does after a time-out,
    /// so a shared loan admits no new borrower. On a server, each poll sends a request and waits for the reply.
    ///
    /// # Errors
    /// The errors of the store, such as `Io` or `SessionLost`. The call is never `WouldDeadlock`: another task of the
    /// thread may have the lease.
    ///
    /// ```
    /// # use std::task::{Context, Poll, Waker};
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let lent = store.put(1_u64)?.into_loan_mut()?;
    /// let mut lease = store.redeem(lent.ticket()?)?; // in another task or process
    /// let owner = async move {
    ///     lent.wait_async().await?;
    ///     lent.end()
    /// };
    /// *lease.borrow_mut()? += 1;
    /// lease.commit()?;
    /// # let mut owner = std::pin::pin!(owner);
    /// # let Poll::Ready(owner) = owner.as_mut().poll(&mut Context::from_waker(Waker::noop())) else { panic!() };
    /// let (count, _ended) = owner?; // of `owner.await`
    /// assert_eq!(*count.borrow()?, 2);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn wait_async(&self) -> impl Future<Output = Result<()>> {
        let Lending { owner, terms, ended, .. } = &*self.lending;
        let wait = PolledCall::new(EndAttempt { owner: &owner.raw, terms, ended, at: Location::caller() });
        async move { self.or_leave_behind(wait.await).map(|_ended| ()) }
    }
}

/// Ends a loan if nothing holds the object.
struct EndAttempt<'a> {
    owner: &'a RawOwned,
    terms: &'a Terms,
    ended: &'a OnceLock<Box<LoanEnd>>,
    at: Caller,
}

impl Attempt for EndAttempt<'_> {
    type Output = LoanEnd;

    fn store(&self) -> &Store {
        self.owner.store()
    }

    fn attempt(&mut self) -> Result<Option<LoanEnd>> {
        // As in `ending::end`: while the ticket may be redeemed, the loan ends only after that.
        let tried = match self.terms.may_be_redeemed() {
            true => ending::try_end_redeemed(self.owner, self.ended, self.at),
            false => ending::try_end(self.owner, self.ended, self.at).map(Some),
        };
        match tried {
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(None),
            tried => tried,
        }
    }

    fn awaited(&self) -> Awaited {
        Awaited::Borrowers(self.owner.lock().object)
    }
}
