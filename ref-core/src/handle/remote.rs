//! Methods of the handles that are not public, for remote calls.

use crate::backend::{Caller, VersionFile};
use crate::error::Result;
use crate::handle::access::{Access, Exclusive, Shared};
use crate::handle::lease::Lease;
use crate::handle::loaded::{Loaded, MaybeLoaded};
use crate::handle::loan::handle::shared_loan;
use crate::handle::loan::{Loan, Terms};
use crate::handle::owned::Owned;
use crate::handle::ticket::{Grant, Pass, Ticket, text};
use crate::id::Epoch;
use crate::ledger::Command;
use crate::store::Store;
use crate::sync::Arc;
use std::panic::Location;

impl<T> Owned<T> {
    pub(crate) fn store(&self) -> &Store {
        self.raw.store()
    }

    /// Lends the object as [`lend`](Owned::lend) does, for the caller `at`.
    pub(crate) fn lend_at(&self, at: Caller) -> Result<Loan<'_, T, Shared>> {
        self.open_shared(at).map(|epoch| shared_loan(self, epoch))
    }

    /// Lends the object exclusively without a [`Loan`], and returns the ticket and the value, if it was loaded. The
    /// caller must end the loan by [`end_loan`](Owned::end_loan). The caller arranges for this end before it drops the
    /// value, since the value's destructor may panic.
    pub(crate) fn lend_out(&mut self, at: Caller) -> Result<(Ticket<T, Exclusive>, MaybeLoaded<T>)> {
        let (nonce, loaded) = self.open_exclusive(at)?;
        Ok((Terms::exclusive(nonce).ticket(&self.raw, self.functions)?, loaded))
    }

    /// Returns a function that makes another ticket for the loan of [`lend_out`](Owned::lend_out), whose borrower is
    /// dead. The earlier ticket is void then.
    ///
    /// The borrower's session may not have been recovered: a server sees a death after a while. So the loan is revoked,
    /// which fences the borrower, and opened anew. The object keeps its id, since it has no readers.
    pub(crate) fn lend_out_again(&self, at: Caller) -> Box<dyn Fn() -> Result<String> + Send + Sync> {
        let (store, object, known) = (self.raw.store().clone(), self.raw.lock().object, (self.functions)().known);
        Box::new(move || {
            let nonce = store.nonce()?;
            store.backend().apply(object, Command::Revoke, &[], at)?;
            store.backend().apply(object, Command::OpenExclusive { right: nonce.right() }, &[], at)?;
            Ok(text::write(&Pass::new(store.id(), object, Grant::BorrowMut(nonce), known())))
        })
    }

    /// Replaces the value by `value`, as a change through [`borrow_mut`](Owned::borrow_mut), and returns the earlier
    /// value, if it was loaded. The object must not be lent. If the value came in a file that can become a version, the
    /// file is written when the change is.
    pub(crate) fn replace(&mut self, value: Box<T>, file: Option<Arc<VersionFile>>) -> MaybeLoaded<T> {
        self.raw.parts().1.note_received(file);
        std::mem::replace(&mut self.value, Loaded::new(Some(value))).take()
    }
}

impl<T, A: Access> Lease<T, A> {
    /// Gives the borrow back, and returns the value, if it was loaded. A failed call drops the lease, and the drop
    /// tries once more.
    pub(crate) fn give_back(self) -> Result<MaybeLoaded<T>> {
        let Self { value, mut raw, .. } = self;
        raw.give_back(Location::caller())?;
        Ok(value.into_inner())
    }

    pub(crate) fn store(&self) -> &Store {
        &self.raw.store
    }

    /// Returns the version that the lease reads.
    pub(crate) fn version(&self) -> Epoch {
        self.raw.version
    }
}
