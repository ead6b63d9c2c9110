//! Commits that keep the lease.

use crate::error::Result;
use crate::handle::access::CanWrite;
use crate::handle::lease::Lease;
use crate::id::FencingToken;
use std::panic::Location;

impl<T, A> Lease<T, A> {
    /// Writes the value to the store as the object's next version, and keeps the borrow. Returns the
    /// [token](Lease::token) that the lease had, which names the version. The lease goes on with the next token.
    /// Available for `Exclusive` access.
    ///
    /// For long work: what a checkpoint has written stays if this process dies later. The lender's `end` then returns
    /// [`Died`](crate::LoanEndCause::Died), and its `committed` is the last checkpoint. A checkpoint can be made as often
    /// as one likes, and is fenced as a [`commit`](Lease::commit) is: after a revocation it changes nothing. If the value
    /// was not changed since the last checkpoint, this call writes nothing, and returns that checkpoint's token.
    ///
    /// Readers of a [snapshot](crate::Named::snapshot), or of a detached object by its key, see each checkpoint as a
    /// version. Other borrowers wait until the lease ends. To end it after the last checkpoint without another version,
    /// [`release`](Lease::release) the lease.
    ///
    /// # Errors
    /// The errors of [`commit`](Lease::commit), and `Exhausted` if the object's counter is used up. The lease is not
    /// consumed: if the value could not be written, it can be changed and written again. After `Fenced` or `Gone` the
    /// object is not borrowed any more. After `CommittedNotReplicated` the version is there, and the lease goes on.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut model = store.put(vec![0_u64])?;
    /// let loan = model.lend_mut()?;
    /// let mut lease = store.redeem(loan.ticket()?)?; // in another process
    /// for round in 1..=3 {
    ///     lease.borrow_mut()?[0] = round;
    ///     let token = lease.checkpoint()?;
    ///     assert!(token < lease.token());
    /// }
    /// lease.borrow_mut()?[0] = 100;
    /// lease.release()?; // the change since the last checkpoint is given up
    ///
    /// assert!(loan.end()?.committed.is_some());
    /// assert_eq!(*model.borrow()?, [3]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn checkpoint(&mut self) -> Result<FencingToken>
    where
        A: CanWrite,
    {
        let at = Location::caller();
        if let Some(unchanged) = self.raw.confirm_checkpoint(at) {
            return unchanged;
        }
        let value = match self.value.get() {
            Some(value) => value,
            None => self.load()?,
        };
        let sealed = (self.functions)().encode(&self.raw.store, value)?;
        self.raw.checkpoint(&sealed.pieces(), at).map(FencingToken)
    }
}
