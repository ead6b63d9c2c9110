//! Typestates that are stored: one object, its next version of another type.

use crate::Result;
use crate::backend::Place;
use crate::error::Refused;
use crate::handle::owned::{Owned, unloaded};
use crate::stored::Stored;
use crate::sync::OnceLock;
use std::panic::Location;

impl<T: Stored> Owned<T> {
    /// Makes a value of another type of this one, and that the object's next version: a typestate that is stored.
    ///
    /// The object stays the same, with its [id](Owned::id). Tickets made before are void: an old one is refused as
    /// `Expired`, and does not compile as a ticket of the new type.
    ///
    /// `change` takes the value, as a typestate's methods do. Changes made before are written first, so that the store
    /// has what `change` consumes, should its result be refused.
    ///
    /// # Errors
    /// `Conflict` while a borrower holds the object; `Encode`, `TooLarge` or `StoreFull` if the new value cannot be
    /// written, or a change before it. The owner is dropped, and its object with it;
    /// [`transition_or_return`](Owned::transition_or_return) gives both back.
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

    /// [`transition`](Owned::transition), which loses nothing where it is refused.
    ///
    /// # Errors
    /// As [`transition`](Owned::transition). The owner comes back in the [`Refused`], its object unchanged, and beside it
    /// what `change` made, if it was called.
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
        at: Place,
    ) -> Result<Owned<U>, Refused<(Self, Option<U>)>> {
        let new = match self.take_written(at) {
            Ok(old) => change(*old),
            Err(error) => return Err(Refused::new(error, (self, None))),
        };
        let (store, state) = self.raw.parts();
        match store.encode(&new).and_then(|bytes| state.write(store, &bytes, at)) {
            Ok(()) => Ok(Owned { value: OnceLock::from(Box::new(new)), raw: self.raw }),
            Err(error) => Err(Refused::new(error, (self, Some(new)))),
        }
    }

    /// The value, which the store has too.
    fn take_written(&mut self, at: Place) -> Result<Box<T>> {
        self.end_loan_and_load(at)?;
        self.flush_at(at)?;
        self.value.take().ok_or_else(unloaded)
    }
}
