//! How many times a run is made again.

use super::again::MayRunAgain;
use super::scope::Run;

impl<R, H, K> Run<'_, R, H, K> {
    /// Has the call made again if its worker dies, up to `most` times. Available if the function is
    /// `#[remote(idempotent)]`.
    ///
    /// Only the death of the worker during the call is followed by another try, and only while no whole response has come
    /// from it: the function may have run, to its end or in part, and nothing that it changed counts. A call whose
    /// function panicked or returned an `Err` is not made again, and neither is one that was cancelled. Each try has the
    /// same arguments. [`progress`](Run::progress) starts anew with each.
    ///
    /// A worker that dies is replaced for another try, as far as
    /// [`Builder::restarts`](super::Builder::restarts) permits. After the last try, [`join`](Run::join) returns
    /// `WorkerDied`.
    ///
    /// A function that is not marked so may not run twice where once was asked for:
    ///
    /// ```compile_fail,E0277
    /// # use ref_core::{Result, Workers, remote};
    /// #[remote]
    /// fn sort(list: &mut Vec<u64>) {
    ///     list.sort();
    /// }
    ///
    /// # fn run(workers: &Workers, mut list: Vec<u64>) -> Result<()> {
    /// workers.scope(|s| sort::spawn(s, &mut list)?.retries(2).join())
    /// # }
    /// ```
    ///
    /// With the mark, it may:
    ///
    /// ```no_run
    /// # use ref_core::{Result, Workers, remote};
    /// #[remote(idempotent)] // it changes nothing but its arguments
    /// fn sort(list: &mut Vec<u64>) {
    ///     list.sort();
    /// }
    ///
    /// # fn run(workers: &Workers, mut list: Vec<u64>) -> Result<()> {
    /// workers.scope(|s| sort::spawn(s, &mut list)?.retries(2).join())
    /// # }
    /// ```
    pub fn retries(self, most: usize) -> Self
    where
        K: MayRunAgain,
    {
        self.make_again(most);
        self
    }
}
