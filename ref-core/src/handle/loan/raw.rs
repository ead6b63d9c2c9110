//! A loan of whatever type.

use super::ending::{self, forget_one, others};
use super::{Ended, Terms};
use crate::backend::Place;
use crate::error::Held;
use crate::event;
use crate::store::object::RawOwned;
use crate::{ErrorKind, Result};
use std::panic::Location;
use std::time::Duration;

/// One loan handle. Its destructor mentions the lifetime: the owner stays borrowed until the handle is dropped, not
/// until its last use.
pub(super) struct RawLoan<'a> {
    pub(super) owner: &'a RawOwned,
    pub(super) terms: Terms,
    /// Whether this handle counts: not after it was ended.
    open: bool,
}

impl<'a> RawLoan<'a> {
    pub(super) fn new(owner: &'a RawOwned, terms: Terms) -> Self {
        Self { owner, terms, open: true }
    }

    pub(super) fn end(&mut self, timeout: Duration, at: Place) -> Result<Ended> {
        let ended = ending::end(self.owner, self.terms.is_out(), timeout, at)?;
        self.open = false;
        Ok(ended)
    }

    pub(super) fn revoke(&mut self, at: Place) -> Result<Ended> {
        if others(&self.owner.lock()) > 0 {
            let what = "cannot revoke one of several overlapping shared loans";
            let error = self.terms.conflict(self.owner, what, Held::Shared);
            return Err(error.with_remedy("end the others first"));
        }
        let ended = ending::revoke(self.owner, at)?;
        self.open = false;
        Ok(ended)
    }
}

impl Drop for RawLoan<'_> {
    fn drop(&mut self) {
        if !self.open || !self.owner.store().backend().is_home() {
            return;
        }
        if let Err(error) = ending::try_end(self.owner, Location::caller()) {
            forget_one(&mut self.owner.lock());
            if error.kind() != ErrorKind::Conflict {
                event::not_given_back("a loan", &error);
            }
        }
    }
}
