//! How a loan ends, whoever ends it: its handle, or an owner whose loan handles are gone.

use super::ended::{LoanEnd, LoanEndCause};
use super::terms::Terms;
use crate::backend::{Place, SLICE};
use crate::id::{FencingToken, ObjectId};
use crate::store::Store;
use crate::store::object::{Closed, LentState, OwnerState, RawOwned};
use crate::sync::{self, Instant, OnceLock, deadline};
use crate::{Error, ErrorKind, Result};
use std::time::Duration;

/// How long [`Loan::end`](crate::Loan::end) waits for the borrowers.
pub(in crate::handle) const END_TIMEOUT: Duration = Duration::from_secs(30);

/// Ends the loan as soon as the last borrower is done, one that is on its way with the exclusive ticket included. `ended` is
/// the handle's memory of its end: idempotent.
pub(in crate::handle) fn end(
    owner: &RawOwned,
    ended: &OnceLock<Box<LoanEnd>>,
    terms: Option<&Terms>,
    timeout: Duration,
    at: Place,
) -> Result<LoanEnd> {
    let deadline = deadline(timeout);
    let (store, object) = (owner.store(), owner.lock().object);
    if let Some(terms) = terms.filter(|_| ended.get().is_none()) {
        await_redemption(store, object, terms, deadline)?;
    }
    loop {
        let watch = store.backend().watch(object);
        let conflict = match try_end(owner, ended, at) {
            Err(error) if error.kind() == ErrorKind::Conflict => error,
            tried => return tried,
        };
        let left = time_left(deadline);
        if left.is_zero() {
            return Err(timed_out(&conflict, timeout));
        }
        if waits_for_itself(store, object, &conflict)? {
            return Err(deadlock(&conflict));
        }
        store.backend().wait(object, watch, left.min(SLICE));
    }
}

/// Waits until the exclusive ticket was redeemed, or cannot be, or the time is up: then the end takes the offer back.
fn await_redemption(store: &Store, object: ObjectId, terms: &Terms, deadline: Option<Instant>) -> Result<()> {
    while terms.may_be_redeemed() && store.backend().is_offered(object)? {
        let watch = store.backend().watch(object);
        let left = time_left(deadline);
        if left.is_zero() || !store.backend().is_offered(object)? {
            break;
        }
        store.backend().wait(object, watch, left.min(SLICE));
    }
    Ok(())
}

fn time_left(deadline: Option<Instant>) -> Duration {
    deadline.map_or(SLICE, |deadline| deadline.saturating_duration_since(Instant::now()))
}

/// Ends the loan if nobody holds it. One of several handles ends on its own.
pub(in crate::handle) fn try_end(owner: &RawOwned, ended: &OnceLock<Box<LoanEnd>>, at: Place) -> Result<LoanEnd> {
    // The lock is held until `ended` is set: of two threads that end one handle, one counts.
    let (store, mut state) = (owner.store(), owner.lock());
    if let Some(ended) = ended.get() {
        return Ok(LoanEnd::clone(ended));
    }
    let others = others(&state);
    if others > 0 {
        forget_one(&mut state);
        return Ok(set_once(ended, LoanEnd { committed: None, by: LoanEndCause::OthersRemain(others) }));
    }
    let exclusive = state.lent == LentState::Exclusive;
    let closed = state.end(store, at)?;
    let by = if exclusive { cause(store, closed, state.object) } else { LoanEndCause::Returned };
    Ok(set_once(ended, LoanEnd { committed: closed.committed.map(FencingToken), by }))
}

/// Takes the object back, whoever holds it.
pub(in crate::handle) fn revoke(owner: &RawOwned, ended: &OnceLock<Box<LoanEnd>>, at: Place) -> Result<LoanEnd> {
    let mut state = owner.lock();
    if let Some(ended) = ended.get() {
        return Ok(LoanEnd::clone(ended));
    }
    let closed = state.revoke(owner.store(), at)?;
    Ok(set_once(ended, LoanEnd { committed: closed.committed.map(FencingToken), by: LoanEndCause::Revoked }))
}

fn set_once(ended: &OnceLock<Box<LoanEnd>>, now: LoanEnd) -> LoanEnd {
    LoanEnd::clone(ended.get_or_init(|| Box::new(now)))
}

/// How an exclusive loan ended.
fn cause(store: &Store, closed: Closed, object: ObjectId) -> LoanEndCause {
    if closed.committed.is_some() {
        return LoanEndCause::Returned;
    }
    match store.backend().died(object) {
        Some(holder) => LoanEndCause::Died(holder),
        None if closed.redeemed => LoanEndCause::Returned,
        None => LoanEndCause::NeverRedeemed,
    }
}

/// How many handles the owner's shared loan has beside the one that asks.
pub(super) fn others(state: &OwnerState) -> usize {
    match state.lent {
        LentState::Shared { handles, .. } => handles.saturating_sub(1) as usize,
        LentState::Idle | LentState::Exclusive => 0,
    }
}

pub(super) fn forget_one(state: &mut OwnerState) {
    if let LentState::Shared { handles, .. } = &mut state.lent {
        *handles = handles.saturating_sub(1);
    }
}

/// Whether nobody can give the object back but the thread that waits: its one holder is this session, in a process
/// without another thread. With other threads, one of them may have the lease, which moves without telling anybody.
fn waits_for_itself(store: &Store, object: ObjectId, conflict: &Error) -> Result<bool> {
    Ok(holds_alone(conflict) && store.backend().hold(object)?.is_some() && sync::is_only_thread())
}

fn holds_alone(conflict: &Error) -> bool {
    conflict.conflict().is_some_and(|conflict| conflict.holders.len() == 1)
}

fn is_held_here(conflict: &Error) -> bool {
    let this = std::process::id();
    conflict.conflict().is_some_and(|conflict| conflict.holders.iter().any(|holder| holder.pid == this))
}

fn timed_out(conflict: &Error, timeout: Duration) -> Error {
    let message = format!("the borrowers did not give the object back within {timeout:?}");
    let remedy = match is_held_here(conflict) {
        true => {
            "give the lease back that this process has, or take it back: `revoke` of a loan, `revoke_loan` of an \
                 owner whose loan handle is gone"
        }
        false => {
            "end the loan again later, or take it back: `revoke` of a loan, `revoke_loan` of an owner whose loan \
                  handle is gone"
        }
    };
    with_conflict(Error::new(ErrorKind::Timeout, message), conflict).with_remedy(remedy)
}

fn deadlock(conflict: &Error) -> Error {
    let message = "this thread would wait for itself: it is the only one of the process that borrows the object";
    with_conflict(Error::new(ErrorKind::WouldDeadlock, message), conflict)
        .with_remedy("give the lease back before ending the loan, or end the loan with a timeout of zero")
}

fn with_conflict(error: Error, from: &Error) -> Error {
    match from.conflict() {
        Some(conflict) => error.with_conflict(conflict.clone()),
        None => error,
    }
}
