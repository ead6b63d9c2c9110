//! Whether what several threads saw has an explanation: an order of their calls in which the machine answers each
//! of them alike, and in which no call comes before one that had ended when it began.
//!
//! The search is Wing and Gong's (1993), and remembers where it has been, as Lowe's (2017) does.

use super::explain::{Care, Reference, Seen};
use std::collections::HashSet;

/// One call, from its invocation to its response on one clock.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) begun: u64,
    pub(super) ended: u64,
    pub(super) seen: Seen,
}

/// Whether the calls of `threads`, each in its order, are explained from `start` on.
pub(super) fn is_explained(start: &Reference, threads: &[Vec<Call>]) -> bool {
    let done = vec![0; threads.len()];
    Search { threads, been: HashSet::new() }.goes_on(&done, start)
}

struct Search<'a> {
    threads: &'a [Vec<Call>],
    been: HashSet<(Vec<usize>, Reference)>,
}

impl Search<'_> {
    fn goes_on(&mut self, done: &[usize], reference: &Reference) -> bool {
        let next: Vec<_> = self.threads.iter().zip(done).map(|(calls, &done)| calls.get(done)).collect();
        let Some(first_end) = next.iter().flatten().map(|call| call.ended).min() else { return true };
        if !self.been.insert((done.to_vec(), reference.clone())) {
            return false;
        }
        next.iter().enumerate().any(|(thread, call)| {
            let Some(call) = call.filter(|call| call.begun <= first_end) else { return false };
            let mut after = reference.clone();
            let mut done = done.to_vec();
            done[thread] += 1;
            after.explain(&call.seen, Care::Kind).is_ok() && self.goes_on(&done, &after)
        })
    }
}
