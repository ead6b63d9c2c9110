//! The calls of an owner on a loan whose handle was dropped or forgotten.

use super::ended::LoanEnd;
use super::ending;
use crate::error::{AccessKind, Result};
use crate::handle::owned::Owned;
use crate::store::object::LentState;
use crate::sync::OnceLock;
use std::panic::Location;
use std::time::Duration;

impl<T> Owned<T> {
    /// Returns how the object is lent, or `None` if it is not.
    ///
    /// A loan whose handle was dropped or forgotten counts until the loan has ended, even if its borrowers are done.
    /// This call reads what the owner remembers, and does not ask the store.
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
    /// drop(loan); // closed to new borrowers; `lease` can still be read
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

    /// Ends a loan whose handle was dropped or forgotten: waits up to `timeout` for the borrowers, and returns what
    /// became of the loan, or `None` if nothing is lent. A `timeout` of zero does not wait. An exclusive ticket that
    /// was not redeemed becomes void at once.
    ///
    /// [`borrow_mut`](Owned::borrow_mut), and each other call that needs the object back, ends the loan without
    /// waiting, and fails with `Conflict` if a borrower holds the object.
    ///
    /// # Errors
    /// The errors of [`Loan::end`](crate::Loan::end), such as `Timeout` or `WouldDeadlock`, with the holders. After
    /// `Timeout` or `WouldDeadlock`, the loan is closed to new borrowers.
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

    /// Takes the object back at once from the borrowers of a loan whose handle was dropped or forgotten. Returns what
    /// became of the loan, or `None` if nothing is lent.
    ///
    /// Readers can go on reading their version; a writer's later commit fails with `Fenced`.
    ///
    /// # Errors
    /// `Timeout` if a borrower's commit has begun and is not over in 30 seconds, since its process is stopped.
    /// `TooManyObjects` if readers still use the object's record and the store has no other record for the object; else
    /// the errors of the store.
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
