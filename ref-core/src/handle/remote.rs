//! What remote calls do with handles: what the public methods do, without a handle that borrows the owner.

use crate::Result;
use crate::backend::Place;
use crate::handle::access::{Access, Exclusive, Shared};
use crate::handle::lease::Lease;
use crate::handle::loan::{Loan, Terms};
use crate::handle::owned::{MaybeLoaded, Owned};
use crate::handle::ticket::Ticket;
use crate::id::Epoch;
use crate::store::Store;
use crate::stored::Stored;
use crate::sync::OnceLock;
use std::panic::Location;

impl<T: Stored> Owned<T> {
    pub(crate) fn store(&self) -> &Store {
        self.raw.store()
    }

    /// [`lend`](Owned::lend), for the line of code `at`.
    pub(crate) fn lend_at(&self, at: Place) -> Result<Loan<'_, T, Shared>> {
        self.open_shared(at).map(|epoch| Loan::shared(self, epoch))
    }

    /// Lends the object exclusively, without a handle: [`end_loan`](Owned::end_loan) ends the loan, or whatever needs the
    /// object back.
    /// The value that was loaded is to be dropped when that is arranged: its destructor may panic.
    pub(crate) fn lend_out(&mut self, at: Place) -> Result<(Ticket<T, Exclusive>, MaybeLoaded<T>)> {
        let (nonce, loaded) = self.open_exclusive(at)?;
        Ok((Terms::exclusive(nonce).ticket(&self.raw)?, loaded))
    }

    /// Takes `value` for what a [`borrow_mut`](Owned::borrow_mut) would have made, and returns the one before it, if that
    /// was loaded. The object is at home.
    pub(crate) fn replace(&mut self, value: Box<T>) -> MaybeLoaded<T> {
        self.raw.parts().1.dirty = true;
        std::mem::replace(&mut self.value, OnceLock::from(value)).into_inner()
    }
}

impl<T, A: Access> Lease<T, A> {
    /// Gives the borrow back, and returns the value that was loaded, which may still be read.
    pub(crate) fn give_back(self) -> Result<MaybeLoaded<T>> {
        let Self { value, mut raw, .. } = self;
        raw.give_back(Location::caller())?;
        Ok(value.into_inner())
    }

    /// The version that it reads.
    pub(crate) fn version(&self) -> Epoch {
        self.raw.version
    }
}
