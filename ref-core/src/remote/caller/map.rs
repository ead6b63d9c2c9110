//! Calls one function for many arguments: all of them before it returns, or in a scope as results are taken.

use super::call::Call;
use super::effect::FailedCall;
use super::job::Sending;
use super::mapped::Mapped;
use super::scope::{InScope as _, Scope};
use super::task::Task;
use super::unpack::Unpack;
use super::workers::Workers;
use crate::error::{Refused, Result};
use crate::remote::panics::Panics;
use std::collections::VecDeque;
use std::ops::Deref;

/// How many calls, for each worker, may be begun and not yet joined.
const UNDER_WAY: usize = 32;

/// The first argument of a remote function's `map`: the workers, or the `&Scope` that
/// [`Workers::scope`] gives to its closure.
///
/// | `map` takes | and returns | the arguments are borrowed |
/// |---|---|---|
/// | `&Workers`, or a reference to an `Arc` or `Box` of it | a `Result<Vec<R>>`, when all calls are over | until `map` returns |
/// | the `&Scope` | a [`Mapped`], an iterator of a `Result<R>` for each call | until the scope ends |
///
/// With `&Workers`, no more calls are begun after the first error, and that error alone is returned. In a scope, each
/// failure costs one result.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither workers nor a scope",
    label = "write `map(&workers, ..)` for a `Vec` of all results, or `map(s, ..)` in `workers.scope(|s| ..)` for an \
             iterator"
)]
pub trait MapIn<'s>: sealed::Mapping {
    /// What `map` returns, for a function that returns an `R`. `K` says whether its calls may be made again.
    type Results<R: 's, K>;

    #[doc(hidden)]
    fn __map<R: 's, K>(
        self,
        calls: impl Iterator<Item = Call<'s>> + 's,
        unpack: fn() -> Unpack<R>,
    ) -> Self::Results<R, K>;
}

#[diagnostic::do_not_recommend]
impl<'s> MapIn<'s> for &'s Workers {
    type Results<R: 's, K> = Result<Vec<R>>;

    fn __map<R: 's, K>(self, calls: impl Iterator<Item = Call<'s>> + 's, unpack: fn() -> Unpack<R>) -> Result<Vec<R>> {
        map(self, calls, unpack)
    }
}

#[diagnostic::do_not_recommend]
impl<'s, W: Deref<Target = Workers>> MapIn<'s> for &'s W {
    type Results<R: 's, K> = Result<Vec<R>>;

    fn __map<R: 's, K>(self, calls: impl Iterator<Item = Call<'s>> + 's, unpack: fn() -> Unpack<R>) -> Result<Vec<R>> {
        map(self, calls, unpack)
    }
}

#[diagnostic::do_not_recommend]
impl<'scope> MapIn<'scope> for &'scope Scope<'scope, '_> {
    type Results<R: 'scope, K> = Mapped<'scope, R, K>;

    fn __map<R: 'scope, K>(
        self,
        calls: impl Iterator<Item = Call<'scope>> + 'scope,
        unpack: fn() -> Unpack<R>,
    ) -> Mapped<'scope, R, K> {
        Mapped::new(self.__scope(), calls, unpack)
    }
}

mod sealed {
    use super::{Deref, Scope, Workers};

    /// The supertrait of `MapIn`, which other crates cannot implement.
    pub trait Mapping {}

    impl Mapping for &Workers {}
    impl<W: Deref<Target = Workers>> Mapping for &W {}
    impl Mapping for &Scope<'_, '_> {}
}

/// The calls that were begun and not yet joined, and the results of the calls before them, or the first error.
struct MapCalls<'s, R> {
    under_way: VecDeque<Task<'s, R>>,
    results: Result<Vec<R>>,
    panics: Panics,
}

/// Makes the calls, some at a time, and returns their results in order.
///
/// After the first error, no more calls are begun. The error is returned when every call that was begun is over. A
/// panic of the arguments' iterator, or of user code that reads or drops a call's values, is passed on in the same way.
fn map<'s, R>(
    workers: &Workers,
    mut calls: impl Iterator<Item = Call<'s>>,
    unpack: fn() -> Unpack<R>,
) -> Result<Vec<R>> {
    let mut map = MapCalls { under_way: VecDeque::new(), results: Ok(Vec::new()), panics: Panics::default() };
    while map.goes_on() {
        let pool = &workers.pool;
        let submit = |call| Task::made(pool, call, unpack(), Sending::Pipelined)?.submit(pool);
        match map.panics.catch(|| calls.next().map(submit)) {
            Some(Some(Ok(task))) => map.under_way.push_back(task),
            Some(Some(Err(failed))) => map.fail(failed),
            Some(None) | None => break,
        }
        // Workers may join a pool at a server meanwhile.
        if map.under_way.len() >= workers.pool.served_ahead().saturating_mul(UNDER_WAY) {
            map.join_first();
        }
    }
    map.panics.drop(calls);
    while !map.under_way.is_empty() {
        map.join_first();
    }
    map.panics.pass_on(Some(map.results))
}

impl<R> MapCalls<'_, R> {
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

    /// Keeps the first error. Drops the results, each later error, and the owned arguments that came back.
    fn fail(&mut self, Refused { error, handle }: FailedCall) {
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
