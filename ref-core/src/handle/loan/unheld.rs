//! Loans without a handle: dropped or forgotten, and still held.

use super::ended::LoanEnd;
use super::ending;
use crate::Result;
use crate::error::AccessKind;
use crate::handle::owned::Owned;
use crate::store::object::LentState;
use crate::sync::OnceLock;
use std::panic::Location;
use std::time::Duration;

impl<T> Owned<T> {
    /// Tells what is lent: `Shared` or `Exclusive` access, or none.
    ///
    /// A loan counts until it was ended, here or by whatever needed the object back, also when its handle was dropped
    /// or forgotten, and its borrowers may be done. Sends no request, and costs nothing.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// use ref_core::access::AccessKind;
    /// use std::time::Duration;
    ///
    /// let mut count = store.put(1_u64)?;
    /// let loan = count.lend()?;
    /// let lease = store.redeem(loan.ticket()?)?;
    /// drop(loan); // no new borrower comes, and those that have borrowed go on
    /// assert_eq!(count.lent_as(), Some(AccessKind::Borrow));
    /// drop(lease);
    /// count.end_loan(Duration::from_secs(1))?;
    /// assert_eq!(count.lent_as(), None);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn lent_as(&self) -> Option<AccessKind> {
        match self.raw.lock().lent {
            LentState::Idle => None,
            LentState::Shared { .. } => Some(AccessKind::Borrow),
            LentState::Exclusive => Some(AccessKind::BorrowMut),
        }
    }

    /// Ends a loan whose handle was dropped or forgotten, and waits up to `timeout` for its borrowers; with zero, does
    /// not wait. `None` where nothing is lent.
    ///
    /// [`borrow_mut`](Owned::borrow_mut) and whatever else needs the object back do the same without waiting.
    ///
    /// # Errors
    /// As [`Loan::end`](crate::Loan::end): `Timeout`, with the holders, or `WouldDeadlock`. Nobody new can borrow from
    /// then on.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// use std::time::Duration;
    ///
    /// let mut count = store.put(1_u64)?;
    /// let loan = count.lend_mut()?;
    /// let mut lease = store.redeem(loan.ticket()?)?;
    /// std::mem::forget(loan);
    /// assert_eq!(count.end_loan(Duration::ZERO).unwrap_err().kind(), ref_core::ErrorKind::Timeout);
    /// *lease.borrow_mut()? = 2;
    /// let token = lease.commit()?;
    /// let ended = count.end_loan(Duration::from_secs(1))?.expect("it was lent");
    /// assert_eq!(ended.committed, Some(token));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn end_loan(&mut self, timeout: Duration) -> Result<Option<LoanEnd>> {
        if !self.raw.forget_handles() {
            return Ok(None);
        }
        ending::end(&self.raw, &OnceLock::new(), None, timeout, Location::caller()).map(Some)
    }

    /// Takes back at once what was lent by a handle that was dropped or forgotten, whoever holds it. Readers keep what
    /// they read; a writer's commit is refused as `Fenced`. `None` where nothing is lent.
    ///
    /// # Errors
    /// `Timeout` if a commit has begun whose process does not go on; `TooManyObjects` where readers keep the object's place
    /// and there is no other.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut count = store.put(1_u64)?;
    /// let loan = count.lend()?;
    /// let lease = store.redeem(loan.ticket()?)?;
    /// drop(loan);
    /// assert!(count.borrow_mut().is_err());
    /// count.revoke_loan()?;
    /// *count.borrow_mut()? = 2;
    /// assert_eq!(*lease.borrow()?, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn revoke_loan(&mut self) -> Result<Option<LoanEnd>> {
        if !self.raw.forget_handles() {
            return Ok(None);
        }
        ending::revoke(&self.raw, &OnceLock::new(), Location::caller()).map(Some)
    }
}
