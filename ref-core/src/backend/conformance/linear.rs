//! A check for linearizability: a search for an order of the calls of several threads. In this order, the ledger's
//! rules (`Reference`) give each call the result that it had. A call that ended before another call began also comes
//! before that other call in the order.
//!
//! The search is Wing's and Gong's (1993). As in Lowe's search (2017), no state is visited twice.

use super::explain::{Care, Reference, Seen};
use crate::ledger::Command;
use std::collections::HashSet;

/// One call. All threads take the times `begun` and `ended` from one clock.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) begun: u64,
    pub(crate) ended: u64,
    pub(crate) seen: Seen,
}

/// Returns whether there is an order of the calls in which the rules explain every result. The reference is in the
/// state `start` before the first call. `threads` has the calls of each thread in their order.
pub(crate) fn is_explained(start: &Reference, threads: &[Vec<Call>]) -> bool {
    let done = vec![0; threads.len()];
    Search { threads, been: HashSet::new() }.goes_on(&done, start)
}

struct Search<'a> {
    threads: &'a [Vec<Call>],
    /// The states that were visited: how many calls of each thread are in the order, and the state of the reference
    /// after these calls.
    been: HashSet<(Vec<usize>, Reference)>,
}

impl Search<'_> {
    fn goes_on(&mut self, done: &[usize], reference: &Reference) -> bool {
        let next: Vec<Option<&Call>> = self.threads.iter().zip(done).map(|(calls, &done)| calls.get(done)).collect();
        let Some(first_end) = next.iter().flatten().map(|call| call.ended).min() else { return true };
        if !self.been.insert((done.to_vec(), reference.clone())) {
            return false;
        }
        let next: Vec<_> = next.into_iter().map(|call| call.filter(|call| call.begun <= first_end)).collect();
        next.iter().enumerate().any(|(thread, call)| {
            let Some(call) = call else { return false };
            let mut further = done.to_vec();
            further[thread] += 1;
            self.outcomes(call, &next, reference).iter().any(|after| self.goes_on(&further, after))
                || closed(call, reference).is_some_and(|after| self.goes_on(done, &after))
        })
    }

    /// Returns the states in which the reference may be after this call; none if the rules do not explain the call's
    /// result in this state.
    fn outcomes(&self, call: &Call, next: &[Option<&Call>], reference: &Reference) -> Vec<Reference> {
        let asking = next.iter().flatten().filter(|other| asks_for_a_share(other)).map(|other| other.seen.session);
        let beside = asking.filter(|asking| *asking != call.seen.session).filter_map(|asking| {
            let mut after = reference.clone();
            after.explain_beside(asking, &call.seen, Care::Kind).is_ok().then_some(after)
        });
        let mut plain = reference.clone();
        let plain = plain.explain(&call.seen, Care::Kind).is_ok().then_some(plain);
        plain.into_iter().chain(beside).collect()
    }
}

/// Returns the state in which an `End` has closed the loan and not ended it; `None` if the call is no `End`, or if it
/// would end the loan at once or change nothing. In an `End` a backend may look for borrowers several times: the first
/// look closes the loan, and a later look ends the loan or finds a borrower.
fn closed(call: &Call, reference: &Reference) -> Option<Reference> {
    let mut after = reference.clone();
    (call.seen.command == Command::End && after.close(call.seen.session)).then_some(after)
}

/// Returns whether the call asks for a shared borrow and is refused in the end. Until the refusal, the call's session
/// may look like a holder.
fn asks_for_a_share(call: &Call) -> bool {
    matches!(call.seen.command, Command::RedeemShared { .. } | Command::Share) && call.seen.told.is_err()
}
