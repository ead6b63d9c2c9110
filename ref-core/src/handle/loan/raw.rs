//! The part of a loan handle that does not depend on the type of the value.

use super::ended::LoanEnd;
use super::ending::{self, forget_one, others};
use super::terms::Terms;
use crate::backend::Caller;
use crate::error::{ErrorKind, HeldAs, Result};
use crate::event;
use crate::store::object::RawOwned;
use crate::sync::OnceLock;
use std::panic::Location;
use std::time::Duration;

/// One loan handle. Since the handle has a destructor, the compiler treats the owner as borrowed until the handle is
/// dropped, and not only until the handle's last use.
pub(in crate::handle) struct RawLoan<'a> {
    pub(in crate::handle) owner: &'a RawOwned,
    pub(in crate::handle) terms: Terms,
    /// What became of the loan. Once this is set, the handle does not count as one of the loan's handles any more, and
    /// its destructor does not touch a later loan of the same owner.
    pub(in crate::handle) ended: OnceLock<Box<LoanEnd>>,
}

impl<'a> RawLoan<'a> {
    pub(super) fn new(owner: &'a RawOwned, terms: Terms) -> Self {
        Self { owner, terms, ended: OnceLock::new() }
    }

    pub(super) fn end(&self, timeout: Duration, at: Caller) -> Result<LoanEnd> {
        ending::end(self.owner, &self.ended, Some(&self.terms), timeout, at)
    }

    pub(super) fn revoke(&self, at: Caller) -> Result<LoanEnd> {
        if self.ended.get().is_none() && others(&self.owner.lock()) > 0 {
            let what = "cannot revoke one of several overlapping shared loans";
            let error = self.terms.conflict(self.owner, what, HeldAs::Borrow);
            return Err(error.with_remedy("end the other loans first"));
        }
        ending::revoke(self.owner, &self.ended, at)
    }
}

impl Drop for RawLoan<'_> {
    fn drop(&mut self) {
        if !self.owner.store().backend().is_opener() {
            return;
        }
        if let Err(error) = ending::try_end(self.owner, &self.ended, Location::caller()) {
            // The loan stays, with one handle less. The next call that needs the object back tries to end the loan.
            forget_one(&mut self.owner.lock());
            if error.kind() != ErrorKind::Conflict {
                event::not_given_back("a loan", &error);
            }
        }
    }
}
