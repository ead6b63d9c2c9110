//! `transition`, which gives an object a next version of another type.

use crate::backend::Caller;
use crate::error::{Refused, Result};
use crate::handle::make::owner_of_put;
use crate::handle::owned::{Owned, unloaded};
use crate::store::functions::functions;
use crate::stored::{self, Stored};
use std::panic::Location;

impl<T> Owned<T> {
    /// Replaces the value by a value of another type, which `change` makes of the old value: a typestate that is
    /// stored.
    ///
    /// The object keeps its [id](Owned::id), and the new value is its next version. The tickets of earlier loans are
    /// void: redeeming such a ticket fails with `Expired`, and using it as a ticket for the new type does not compile.
    ///
    /// `change` consumes the value, as a typestate's methods do. Earlier changes are written to the store before
    /// `change` is called, so that the store still has the old value if the new value cannot be written. If `change`
    /// panics, the owner is dropped.
    ///
    /// # Errors
    /// `Conflict` while a borrower holds the object; `Encode`, `TooLarge` or `StoreFull` if the new value or an earlier
    /// change cannot be written; else the errors of [`borrow`](Owned::borrow). A failed call drops the owner, and the
    /// drop removes the object if possible; [`transition_or_return`](Owned::transition_or_return) gives the owner and
    /// the new value back.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// use ref_core::{Owned, Store, global_store};
    ///
    /// #[global_store]
    /// struct Order<State> {
    ///     items: Vec<String>,
    ///     state: State,
    /// }
    ///
    /// #[global_store]
    /// struct Draft;
    ///
    /// #[global_store]
    /// struct Paid {
    ///     receipt: u64,
    /// }
    ///
    /// impl Order<Draft> {
    ///     fn pay(self, receipt: u64) -> Order<Paid> {
    ///         Order { items: self.items, state: Paid { receipt } }
    ///     }
    /// }
    ///
    /// let store = Store::open("memory:")?;
    /// let draft = store.put(Order { items: vec!["tea".into()], state: Draft })?;
    /// let paid: Owned<Order<Paid>> = draft.transition(|order| order.pay(17))?;
    /// assert_eq!(paid.borrow()?.state.receipt, 17);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn transition<U: Stored>(self, change: impl FnOnce(T) -> U) -> Result<Owned<U>> {
        Ok(self.transition_at(change, Location::caller())?)
    }

    /// Does what [`transition`](Owned::transition) does, and gives the owner and the new value back if that fails.
    ///
    /// # Errors
    /// The errors of [`transition`](Owned::transition). The [`Refused`] has the owner, whose object still has the old
    /// value, and the value that `change` returned, if `change` was called.
    #[track_caller]
    pub fn transition_or_return<U: Stored>(
        self,
        change: impl FnOnce(T) -> U,
    ) -> Result<Owned<U>, Refused<(Self, Option<U>)>> {
        self.transition_at(change, Location::caller())
    }

    fn transition_at<U: Stored>(
        mut self,
        change: impl FnOnce(T) -> U,
        at: Caller,
    ) -> Result<Owned<U>, Refused<(Self, Option<U>)>> {
        let new = match self.take_written(at) {
            Ok(old) => change(*old),
            Err(error) => return Err(Refused::new(error, (self, None))),
        };
        let (store, state) = self.raw.parts();
        match state.write_value(store, &new, stored::of::<U>(), at) {
            Ok(is_read_again) => Ok(owner_of_put(self.raw, functions::<U>, (!is_read_again).then(|| Box::new(new)))),
            Err(error) => Err(Refused::new(error, (self, Some(new)))),
        }
    }

    /// Ends the loan, if there is one, and loads the value. Writes the value to the store if it was changed, and takes
    /// the value out of the handle.
    fn take_written(&mut self, at: Caller) -> Result<Box<T>> {
        self.end_loan_and_load(at)?;
        self.flush_at(at)?;
        self.value.take().ok_or_else(unloaded)
    }
}
