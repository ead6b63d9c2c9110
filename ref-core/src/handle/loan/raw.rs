//! A loan of whatever type.

use super::{Ended, EndedBy};
use crate::backend::{Place, SLICE};
use crate::error::{AccessKind, Conflict, Held};
use crate::event;
use crate::id::{Epoch, FencingToken, Nonce, ObjectId};
use crate::ledger::{Command, Reply};
use crate::store::Store;
use crate::store::object::{Closed, Mark, RawOwned, State, unexpected};
use crate::sync::{Instant, Mutex, deadline, lock};
use crate::{Error, ErrorKind, Result};
use std::panic::Location;
use std::time::Duration;

/// One loan handle. Its destructor mentions the lifetime: the owner stays borrowed until the handle is dropped, not
/// until its last use.
pub(super) struct RawLoan<'a> {
    owner: &'a RawOwned,
    terms: Terms,
    /// Whether this handle counts: not after it was ended.
    open: bool,
}

enum Terms {
    Shared(Epoch),
    /// The secret, until a ticket has it.
    Exclusive(Mutex<Option<Nonce>>),
}

impl<'a> RawLoan<'a> {
    pub(super) fn shared(owner: &'a RawOwned, epoch: Epoch) -> Self {
        Self { owner, terms: Terms::Shared(epoch), open: true }
    }

    pub(super) fn exclusive(owner: &'a RawOwned, nonce: Nonce) -> Self {
        Self { owner, terms: Terms::Exclusive(Mutex::new(Some(nonce))), open: true }
    }

    pub(super) fn object(&self) -> ObjectId {
        self.owner.lock().object
    }

    pub(super) fn store(&self) -> &Store {
        self.owner.store()
    }

    /// A ticket's number and secret.
    pub(super) fn ticket(&self) -> Result<(u64, Nonce)> {
        match &self.terms {
            Terms::Shared(mine) => match self.owner.lock().mark {
                Mark::Shared { epoch, open: true, .. } if epoch == *mine => Ok((epoch.0, Nonce([0; 16]))),
                _ => Err(closed()),
            },
            Terms::Exclusive(nonce) => match lock(nonce).take() {
                Some(nonce) => Ok((0, nonce)),
                None => Err(self
                    .conflict("the one ticket of this exclusive loan was made already", Held::Exclusive)
                    .with_remedy("`reissue` makes another one and voids the first")),
            },
        }
    }

    /// The number and secret of an exclusive ticket that takes the place of the one before.
    pub(super) fn reissue(&self, at: Place) -> Result<(u64, Nonce)> {
        let nonce = Nonce::random()?;
        let command = Command::Reissue { right: nonce.right() };
        match self.store().backend().apply(self.object(), command, &[], at)? {
            Reply::Opened(_) => {}
            reply => return Err(unexpected(reply)),
        }
        if let Terms::Exclusive(first) = &self.terms {
            *lock(first) = None;
        }
        Ok((0, nonce))
    }

    /// Ends the loan as soon as the last borrower is done.
    pub(super) fn end(&mut self, timeout: Duration, at: Place) -> Result<Ended> {
        let deadline = deadline(timeout);
        let object = self.object();
        loop {
            let backend = self.store().backend();
            let watch = backend.watch(object);
            let conflict = match self.try_end(at) {
                Err(error) if error.kind() == ErrorKind::Conflict => error,
                ended => return ended,
            };
            let left = deadline.map_or(SLICE, |deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Err(late(&conflict, timeout));
            }
            self.store().backend().wait(object, watch, left.min(SLICE));
        }
    }

    pub(super) fn revoke(&mut self, at: Place) -> Result<Ended> {
        let mut state = self.owner.lock();
        if others(&state) > 0 {
            drop(state);
            let what = "cannot revoke one of several overlapping shared loans";
            return Err(self.conflict(what, Held::Shared).with_remedy("end the others first"));
        }
        let closed = state.revoke(self.owner.store(), at)?;
        self.open = false;
        Ok(Ended { committed: closed.committed.map(FencingToken), by: EndedBy::Revoked })
    }

    /// Ends the loan if nobody holds it.
    fn try_end(&mut self, at: Place) -> Result<Ended> {
        let mut state = self.owner.lock();
        let others = others(&state);
        if others > 0 {
            forget_one(&mut state);
            self.open = false;
            return Ok(Ended { committed: None, by: EndedBy::OthersRemain(others) });
        }
        let closed = state.end(self.owner.store(), at)?;
        self.open = false;
        Ok(Ended { committed: closed.committed.map(FencingToken), by: self.by(closed, state.object) })
    }

    fn by(&self, closed: Closed, object: ObjectId) -> EndedBy {
        if matches!(self.terms, Terms::Shared(_)) || closed.committed.is_some() {
            return EndedBy::Returned;
        }
        match self.store().backend().died(object) {
            Some(holder) => EndedBy::Died(holder),
            None if closed.redeemed => EndedBy::Returned,
            None => EndedBy::NeverRedeemed,
        }
    }

    fn conflict(&self, what: &str, held: Held) -> Error {
        let asked = match self.terms {
            Terms::Shared(_) => AccessKind::Shared,
            Terms::Exclusive(_) => AccessKind::Exclusive,
        };
        let conflict = Conflict { object: self.object(), asked, held, holders: Vec::new() };
        Error::new(ErrorKind::Conflict, what).with_conflict(conflict)
    }
}

impl Drop for RawLoan<'_> {
    fn drop(&mut self) {
        if !self.open || !self.store().backend().is_home() {
            return;
        }
        if let Err(error) = self.try_end(Location::caller()) {
            forget_one(&mut self.owner.lock());
            if error.kind() != ErrorKind::Conflict {
                event::not_given_back("a loan", &error);
            }
        }
    }
}

/// How many handles the owner's shared loan has beside the one that asks.
fn others(state: &State) -> usize {
    match state.mark {
        Mark::Shared { handles, .. } => handles.saturating_sub(1),
        Mark::Home | Mark::Exclusive => 0,
    }
}

fn forget_one(state: &mut State) {
    if let Mark::Shared { handles, .. } = &mut state.mark {
        *handles = handles.saturating_sub(1);
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Expired, "this loan was closed to new borrowers when it was being ended")
        .with_remedy("lend again for a new ticket")
}

fn late(conflict: &Error, timeout: Duration) -> Error {
    let message = format!("the borrowers did not give the object back within {timeout:?}");
    let error = Error::new(ErrorKind::Timeout, message);
    let error = match conflict.conflict() {
        Some(conflict) => error.with_conflict(conflict.clone()),
        None => error,
    };
    error.with_remedy("the loan is still in the `Refused`: end it again later, or take it back with `revoke`")
}
