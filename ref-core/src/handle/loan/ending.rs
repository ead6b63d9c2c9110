//! The end of a loan, for its handle and for an owner whose loan handle was dropped or forgotten.

use super::ended::{LoanEnd, LoanEndCause};
use super::terms::Terms;
use crate::backend::Caller;
use crate::error::{Error, ErrorKind, Result};
use crate::id::{FencingToken, ObjectId};
use crate::store::Store;
use crate::store::object::{Closed, LentState, OwnerState, RawOwned};
use crate::sync::{self, Instant, OnceLock, deadline};
use std::time::Duration;

/// How long [`Loan::end`](crate::Loan::end) and [`OwnedLoan::end`](crate::OwnedLoan::end) wait for the borrowers.
pub(in crate::handle) const END_TIMEOUT: Duration = Duration::from_secs(30);

/// Waits up to `timeout` for the borrowers, ends the loan, and returns what became of the loan. If `terms` are given
/// and have an exclusive ticket that may still be redeemed, first waits for its redemption.
///
/// `ended` has the result of an earlier end by the same handle, if there was one. Otherwise, a success sets `ended` to
/// the result. So ending a handle is idempotent.
///
/// # Errors
/// `Timeout` if a borrower holds the object after `timeout`; `WouldDeadlock` if only this thread could give the object
/// back; else the errors of the store.
pub(in crate::handle) fn end(
    owner: &RawOwned,
    ended: &OnceLock<Box<LoanEnd>>,
    terms: Option<&Terms>,
    timeout: Duration,
    at: Caller,
) -> Result<LoanEnd> {
    let deadline = deadline(timeout);
    let (store, object) = (owner.store(), owner.lock().object);
    if let Some(terms) = terms
        && let Some(end) = end_redeemed(owner, ended, terms, deadline, at)?
    {
        return Ok(end);
    }
    let mut watch = None;
    loop {
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
        // The wait needs a watch that was taken before the try: then a change after the watch ends the wait. Most loans
        // end at the first try, so no watch is taken before the first try, and no wait follows it.
        if let Some(watch) = watch.take() {
            store.backend().wait(object, watch, left.min(store.backend().slice()));
        }
        watch = Some(store.backend().watch(object));
    }
}

/// Waits until the exclusive ticket was redeemed or cannot be redeemed any more, or until the deadline. If the
/// ticket was redeemed and no borrower holds the object, ends the loan and returns the result. Otherwise returns `None`,
/// and the caller ends the loan: a ticket that was not redeemed becomes void then. Returns `None` at once for a shared
/// loan.
fn end_redeemed(
    owner: &RawOwned,
    ended: &OnceLock<Box<LoanEnd>>,
    terms: &Terms,
    deadline: Option<Instant>,
    at: Caller,
) -> Result<Option<LoanEnd>> {
    let (store, object) = (owner.store(), owner.lock().object);
    while terms.may_be_redeemed() {
        match try_end_redeemed(owner, ended, at) {
            Ok(None) => {}
            Err(error) if error.kind() == ErrorKind::Conflict => break, // The ticket was redeemed.
            tried => return tried,
        }
        // The offer is looked at again after the watch was taken: a redemption before the watch would not wake the
        // wait.
        let watch = store.backend().watch(object);
        let left = time_left(deadline);
        if left.is_zero() || !store.backend().is_offered(object)? {
            break;
        }
        store.backend().wait(object, watch, left.min(store.backend().slice()));
    }
    Ok(None)
}

fn time_left(deadline: Option<Instant>) -> Duration {
    deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()))
}

/// Ends the loan without waiting, and returns what became of the loan. Fails with `Conflict` if a borrower holds the
/// object. If the shared loan has other handles, only this handle ends, and the loan stays.
pub(in crate::handle) fn try_end(owner: &RawOwned, ended: &OnceLock<Box<LoanEnd>>, at: Caller) -> Result<LoanEnd> {
    // The lock is held until `ended` is set. So if two threads end the same handle, one of them ends the loan, and both
    // return the same result.
    let (store, mut state) = (owner.store(), owner.lock());
    if let Some(ended) = ended.get() {
        return Ok(LoanEnd::clone(ended));
    }
    let others = others(&state);
    if others > 0 {
        forget_one(&mut state);
        return Ok(set_once(ended, LoanEnd { committed: None, cause: LoanEndCause::OthersRemain(others) }));
    }
    let exclusive = state.lent == LentState::Exclusive;
    let closed = state.end(store, at)?;
    let cause = if exclusive { cause(store, closed, state.object) } else { LoanEndCause::Returned };
    Ok(set_once(ended, LoanEnd { committed: closed.committed.map(FencingToken), cause }))
}

/// Ends an exclusive loan as [`try_end`] does. Returns `None` if its ticket can be redeemed: then the loan goes on.
pub(in crate::handle) fn try_end_redeemed(
    owner: &RawOwned,
    ended: &OnceLock<Box<LoanEnd>>,
    at: Caller,
) -> Result<Option<LoanEnd>> {
    let (store, mut state) = (owner.store(), owner.lock());
    if let Some(ended) = ended.get() {
        return Ok(Some(LoanEnd::clone(ended)));
    }
    let Some(closed) = state.end_redeemed(store, at)? else { return Ok(None) };
    let (committed, cause) = (closed.committed.map(FencingToken), cause(store, closed, state.object));
    Ok(Some(set_once(ended, LoanEnd { committed, cause })))
}

/// Takes the object back from the borrowers that hold it. Returns what became of the loan, or the result in `ended` if
/// the handle has ended before.
pub(in crate::handle) fn revoke(owner: &RawOwned, ended: &OnceLock<Box<LoanEnd>>, at: Caller) -> Result<LoanEnd> {
    let mut state = owner.lock();
    if let Some(ended) = ended.get() {
        return Ok(LoanEnd::clone(ended));
    }
    let closed = state.revoke(owner.store(), at)?;
    Ok(set_once(ended, LoanEnd { committed: closed.committed.map(FencingToken), cause: LoanEndCause::Revoked }))
}

fn set_once(ended: &OnceLock<Box<LoanEnd>>, now: LoanEnd) -> LoanEnd {
    LoanEnd::clone(ended.get_or_init(|| Box::new(now)))
}

/// Returns how an exclusive loan ended.
fn cause(store: &Store, closed: Closed, object: ObjectId) -> LoanEndCause {
    // A borrower that has made checkpoints may have died before it was done.
    let is_asked = closed.committed.is_none() || store.backend().may_have_died(object);
    match is_asked.then(|| store.backend().died(object)).flatten() {
        Some(holder) => LoanEndCause::Died(holder),
        None if closed.redeemed => LoanEndCause::Returned,
        None => LoanEndCause::NeverRedeemed,
    }
}

/// Returns how many handles the owner's shared loan has beside the caller's; 0 if the object is not lent to readers.
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

/// Returns whether only the waiting thread itself can give the object back: the one holder is this session, and this
/// process has no other thread. With other threads, any of them may have the lease: a lease can move from thread to
/// thread unseen.
fn waits_for_itself(store: &Store, object: ObjectId, conflict: &Error) -> Result<bool> {
    Ok(holds_alone(conflict) && store.backend().hold(object)?.is_some() && sync::is_only_thread())
}

fn holds_alone(conflict: &Error) -> bool {
    conflict.conflict().is_some_and(|conflict| conflict.count == 1)
}

fn is_held_here(conflict: &Error) -> bool {
    let this = std::process::id();
    conflict.conflict().is_some_and(|conflict| conflict.holders.iter().any(|holder| holder.pid == this))
}

fn timed_out(conflict: &Error, timeout: Duration) -> Error {
    let message = format!("the borrowers did not give the object back within {timeout:?}");
    let first = match is_held_here(conflict) {
        true => "give the lease back that this process has",
        false => "end the loan again later",
    };
    let remedy = format!(
        "{first}, or take the object back: `revoke` of a loan, `revoke_loan` of an owner whose loan handle is gone"
    );
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
