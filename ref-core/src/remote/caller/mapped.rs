//! The calls of a `map` in a scope, as an iterator of their results.

use super::again::{MayRunAgain, Once};
use super::call::Call;
use super::ended::Ended;
use super::scope::{Run, Scope};
use super::unpack::Unpack;
use crate::error::Result;
use crate::remote::panics::{Panics, ignoring_panic};
use crate::sync::Arc;
use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;
use std::thread;

/// How many calls, for each worker, are begun and their results not taken, unless [`Mapped::in_flight`] says so.
const FOR_EACH_WORKER: usize = 4;

/// The index of an item, and its call's run, or the error of a call that could not be made.
type BegunCall<'scope, R, K> = (usize, Result<Run<'scope, R, (), K>>);

/// The results of a remote function's `map` in a scope, in the order of the items.
///
/// The iterator is lazy: a call is begun when the iterator is first asked for a result, and further ones as results are
/// taken. So at most [`in_flight`](Mapped::in_flight) calls are begun whose results were not taken. Each spawned call
/// has a worker for itself.
///
/// Each item is the result of one call. A call that fails is an `Err`, and the other calls go on: no result that has come
/// is lost. The changes of a call to its `&mut` arguments are made when its result is taken.
///
/// If the iterator is dropped, the calls are cancelled that were begun and whose results were not taken, as by
/// [`Run::cancel`]. No more items are taken out of the iterator of arguments. If it is forgotten, the scope joins the
/// calls that were begun.
///
/// ```no_run
/// use ref_core::{Workers, remote};
///
/// #[remote]
/// fn scale(row: &mut Vec<f64>, by: f64) -> f64 {
///     row.iter_mut().for_each(|cell| *cell *= by);
///     row.iter().sum()
/// }
///
/// fn main() -> ref_core::Result<()> {
///     remote::init();
///     let workers = Workers::start(2)?;
///     let mut rows = vec![vec![1.0; 100]; 8];
///     workers.scope(|s| {
///         for sum in scale::map(s, rows.iter_mut().map(|row| (row, 2.0))) {
///             match sum {
///                 Ok(sum) => println!("{sum}"),
///                 Err(error) => eprintln!("{error}"), // one row stays as it was
///             }
///         }
///         Ok(())
///     })
/// }
/// ```
#[must_use = "a `map` in a scope is an iterator, which begins no call until it is asked for a result"]
pub struct Mapped<'scope, R, K = Once> {
    scope: &'scope Scope<'scope, 'scope>,
    calls: Box<dyn Iterator<Item = Call<'scope>> + 'scope>,
    unpack: fn() -> Unpack<R>,
    /// The calls that were begun and whose results were not taken, in the order of the items, each with its item's
    /// index. An `Err` is the error of a call that could not be made.
    begun: VecDeque<BegunCall<'scope, R, K>>,
    /// The index of the next item.
    next: usize,
    /// How many calls are begun whose results were not taken, if `in_flight` has said so.
    most: Option<usize>,
    /// How many times a call is made again if its worker dies.
    retries: usize,
    /// Notes the calls that are over. `None` if the results are taken in the order of the items.
    ended: Option<Arc<Ended>>,
    /// Whether all items were taken out of the iterator of arguments.
    is_exhausted: bool,
}

/// The results of a [`Mapped`] in the order in which the calls end, each with the index of its item.
#[must_use = "a `map` in a scope is an iterator, which begins no call until it is asked for a result"]
#[derive(Debug)]
pub struct Unordered<'scope, R, K = Once>(Mapped<'scope, R, K>);

impl<'scope, R: 'scope, K> Mapped<'scope, R, K> {
    pub(super) fn new(
        scope: &'scope Scope<'scope, 'scope>,
        calls: impl Iterator<Item = Call<'scope>> + 'scope,
        unpack: fn() -> Unpack<R>,
    ) -> Self {
        let (calls, begun) = (Box::new(calls), VecDeque::new());
        Self { scope, calls, unpack, begun, next: 0, most: None, retries: 0, ended: None, is_exhausted: false }
    }

    /// Sets how many calls, at most, are begun whose results were not taken: at least 1. If this is not set, there are
    /// four for each worker. Of a pool at a server, they are four for each worker that had joined at the last renewal, and
    /// four if none had: these calls wait for one.
    ///
    /// A larger number keeps the workers busy where calls take unequal times. A smaller number bounds what the arguments
    /// and results take in memory.
    pub fn in_flight(mut self, most: usize) -> Self {
        self.most = Some(most.max(1));
        self
    }

    /// Has each call made again if its worker dies, up to `most` times, as [`Run::retries`] does. Available if the
    /// function is `#[remote(idempotent)]`. Calls that were begun before stay as they are.
    ///
    /// ```no_run
    /// # use ref_core::{Result, Workers, remote};
    /// #[remote(idempotent)]
    /// fn square(number: u64) -> u64 {
    ///     number * number
    /// }
    ///
    /// # fn run(workers: &Workers) -> Result<u64> {
    /// workers.scope(|s| square::map(s, 0..1000).retries(2).sum())
    /// # }
    /// ```
    pub fn retries(mut self, most: usize) -> Self
    where
        K: MayRunAgain,
    {
        self.retries = most;
        self
    }

    /// Returns the results in the order in which the calls end, each with the index of its item.
    ///
    /// So a slow call does not keep the results of those behind it back.
    pub fn unordered(mut self) -> Unordered<'scope, R, K> {
        let ended = Arc::<Ended>::default();
        self.begun.iter().for_each(|(index, run)| match run {
            Ok(run) => run.job().note_end(&ended, *index),
            Err(_) => ended.push(*index),
        });
        self.ended = Some(ended);
        Unordered(self)
    }

    /// Cancels the call of the item of that index, counted from 0. Returns whether the call was begun and its result not
    /// taken yet. If so, the result is the error `Cancelled`, unless the call had ended already.
    ///
    /// If the call is running, its worker is killed, as by [`Run::cancel`].
    pub fn cancel(&mut self, item: usize) -> bool {
        let run = self.begun.iter().find(|(index, _)| *index == item).and_then(|(_, run)| run.as_ref().ok());
        run.inspect(|run| run.job().cancel()).is_some()
    }

    /// Begins calls, up to the limit.
    fn begin(&mut self) {
        // Workers may have joined a pool at a server, or left it, since the last result was taken.
        let most = self.most.unwrap_or_else(|| self.scope.served_ahead().saturating_mul(FOR_EACH_WORKER));
        while !self.is_exhausted && self.begun.len() < most {
            let Some(call) = self.calls.next() else {
                self.is_exhausted = true;
                return;
            };
            let run = self.scope.spawn(call.retries(self.retries), (self.unpack)(), drop);
            let index = self.next;
            match (&run, &self.ended) {
                (Ok(run), Some(ended)) => run.job().note_end(ended, index),
                (Err(_), Some(ended)) => ended.push(index),
                (_, None) => {}
            }
            self.begun.push_back((index, run.map_err(Into::into)));
            self.next += 1;
        }
    }
}

impl<'scope, R: 'scope, K> Unordered<'scope, R, K> {
    /// Sets how many calls are begun whose results were not taken, as [`Mapped::in_flight`] does.
    pub fn in_flight(self, most: usize) -> Self {
        Self(self.0.in_flight(most))
    }

    /// Has each call made again if its worker dies, as [`Mapped::retries`] does.
    pub fn retries(self, most: usize) -> Self
    where
        K: MayRunAgain,
    {
        Self(self.0.retries(most))
    }

    /// Cancels the call of one item, as [`Mapped::cancel`] does.
    pub fn cancel(&mut self, item: usize) -> bool {
        self.0.cancel(item)
    }
}

impl<'scope, R: 'scope, K> Iterator for Mapped<'scope, R, K> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        self.begin();
        let (_, run) = self.begun.pop_front()?;
        Some(run.and_then(Run::join))
    }
}

impl<'scope, R: 'scope, K> Iterator for Unordered<'scope, R, K> {
    type Item = (usize, Result<R>);

    fn next(&mut self) -> Option<(usize, Result<R>)> {
        let Self(mapped) = self;
        mapped.begin();
        mapped.begun.front()?;
        // In a fork each call is over, and none is noted.
        let ended = mapped.ended.as_ref().filter(|_| !mapped.scope.is_forked()).map(|ended| ended.pop());
        let at = ended.and_then(|ended| mapped.begun.iter().position(|(index, _)| *index == ended)).unwrap_or(0);
        let (index, run) = mapped.begun.remove(at)?;
        Some((index, run.and_then(Run::join)))
    }
}

impl<'scope, R: 'scope, K> FusedIterator for Mapped<'scope, R, K> {}

impl<'scope, R: 'scope, K> FusedIterator for Unordered<'scope, R, K> {}

impl<R, K> Drop for Mapped<'_, R, K> {
    fn drop(&mut self) {
        // All are cancelled before the first is waited for.
        self.begun.iter().filter_map(|(_, run)| run.as_ref().ok()).for_each(|run| run.job().cancel());
        let mut panics = Panics::default();
        for (_, run) in self.begun.drain(..) {
            panics.catch(|| run.map(Run::cancel));
        }
        match thread::panicking() {
            // A second panic would abort the process.
            true => drop(ignoring_panic(|| drop(panics))),
            false => panics.pass_on(Some(())),
        }
    }
}

impl<R, K> fmt::Debug for Mapped<'_, R, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { begun, next, most, .. } = self;
        let items = (begun.len(), next, most);
        f.debug_struct("Mapped")
            .field("begun", &items.0)
            .field("next", items.1)
            .field("most", items.2)
            .finish_non_exhaustive()
    }
}
