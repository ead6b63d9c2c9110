//! One function for many arguments.

use super::call::Call;
use super::returns::Unpack;
use super::scope::Task;
use super::workers::Workers;
use crate::Result;
use std::collections::VecDeque;

/// How many calls are under way for each worker.
const UNDER_WAY: usize = 32;

/// Makes the calls, some at a time, and answers their results in order; or the first error, after every call that was
/// begun is over.
pub(super) fn map<'s, R>(
    workers: &Workers,
    calls: impl Iterator<Item = Call<'s>>,
    unpack: fn() -> Unpack<R>,
) -> Result<Vec<R>> {
    let most = workers.count().saturating_mul(UNDER_WAY);
    let mut under_way: VecDeque<Task<'s, R>> = VecDeque::new();
    let mut results = Ok(Vec::with_capacity(calls.size_hint().0));
    for call in calls {
        match Task::submit(&workers.pool, call, unpack(), true) {
            Ok(task) => under_way.push_back(task),
            Err(error) => results = Err(error),
        }
        if under_way.len() >= most {
            results = join_first(results, &mut under_way);
        }
        if results.is_err() {
            break;
        }
    }
    while !under_way.is_empty() {
        results = join_first(results, &mut under_way);
    }
    results
}

fn join_first<R>(results: Result<Vec<R>>, under_way: &mut VecDeque<Task<'_, R>>) -> Result<Vec<R>> {
    let Some(task) = under_way.pop_front() else { return results };
    let result = task.finish();
    results.and_then(|mut results| {
        results.push(result?);
        Ok(results)
    })
}
