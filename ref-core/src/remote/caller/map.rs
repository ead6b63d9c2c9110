//! One function for many arguments.

use super::call::Call;
use super::fate::Failed;
use super::scope::Task;
use super::unpack::Unpack;
use super::workers::Workers;
use crate::Result;
use crate::error::Refused;
use crate::remote::panics::Panics;
use std::collections::VecDeque;

/// How many calls are under way for each worker.
const UNDER_WAY: usize = 32;

/// The calls that were begun, and what they have come to.
struct Many<'s, R> {
    under_way: VecDeque<Task<'s, R>>,
    results: Result<Vec<R>>,
    panics: Panics,
}

/// Makes the calls, some at a time, and returns their results in order; or the first error, after every call that was
/// begun is over. So is every one before a panic of the arguments' iterator, or of a result, is passed on.
pub(in crate::remote) fn map<'s, R>(
    workers: &Workers,
    mut calls: impl Iterator<Item = Call<'s>>,
    unpack: fn() -> Unpack<R>,
) -> Result<Vec<R>> {
    let most = workers.count().saturating_mul(UNDER_WAY);
    let mut many = Many { under_way: VecDeque::new(), results: Ok(Vec::new()), panics: Panics::default() };
    while many.goes_on() {
        let submit = |call| Task::submit(&workers.pool, call, unpack(), true);
        match many.panics.catch(|| calls.next().map(submit)) {
            Some(Some(Ok(task))) => many.under_way.push_back(task),
            Some(Some(Err(failed))) => many.fail(failed),
            Some(None) | None => break,
        }
        if many.under_way.len() >= most {
            many.join_first();
        }
    }
    many.panics.drop(calls);
    while !many.under_way.is_empty() {
        many.join_first();
    }
    many.panics.pass_on(Some(many.results))
}

impl<R> Many<'_, R> {
    fn goes_on(&self) -> bool {
        self.results.is_ok() && !self.panics.any()
    }

    fn join_first(&mut self) {
        let Some(task) = self.under_way.pop_front() else { return };
        match self.panics.catch(|| task.finish()) {
            Some(Ok(result)) => match &mut self.results {
                Ok(results) => results.push(result),
                Err(_) => self.panics.drop(result),
            },
            Some(Err(failed)) => self.fail(failed),
            None => {}
        }
    }

    /// The first error counts; the results before it are dropped.
    fn fail(&mut self, Refused { error, handle }: Failed) {
        self.panics.drop(handle);
        match self.results {
            Ok(_) => {
                let results = std::mem::replace(&mut self.results, Err(error));
                self.panics.drop(results);
            }
            Err(_) => self.panics.drop(error),
        }
    }
}
