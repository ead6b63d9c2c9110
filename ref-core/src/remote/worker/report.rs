//! What a function tells its caller while it runs, and what its caller asks of it.

use crate::remote::protocol::progress::ProgressFile;
use crate::sync::plain::AtomicU64;
use crate::sync::{OnceLock, Ordering};

/// Set in a worker only.
static CALLS: OnceLock<Calls> = OnceLock::new();

/// The file of this worker, and the number of the call that the worker runs: 0 between calls.
struct Calls {
    file: ProgressFile,
    running: AtomicU64,
}

/// Sets the file of this worker.
pub(super) fn set(file: ProgressFile) {
    let _it_was_set_before = CALLS.set(Calls { file, running: AtomicU64::new(0) });
}

/// Notes which call this worker runs.
pub(super) fn begin(call: u64) {
    if let Some(calls) = CALLS.get() {
        // The function's threads are started after this, and a start of a thread orders it.
        calls.running.store(call, Ordering::Relaxed);
    }
}

/// Notes that the call is over. A thread that the function has left behind reports nothing after this.
pub(super) fn end() {
    begin(0);
}

/// Runs `act` with the number of the call that this worker runs. Returns `None` where no worker runs a call.
fn running<R>(act: impl FnOnce(&ProgressFile, u64) -> R) -> Option<R> {
    let calls = CALLS.get()?;
    let call = calls.running.load(Ordering::Relaxed);
    (call != 0).then(|| act(&calls.file, call))
}

/// Tells the caller of the [`#[remote]`](macro@crate::remote) function that runs in this worker that `done` of `total`
/// steps are done.
///
/// The unit of a step is the function's own: rounds, rows, bytes. The caller reads the latest pair by
/// [`Run::progress`](crate::remote::Run::progress). Earlier pairs are overwritten, so `progress` waits for no reader. It
/// costs one short call of the system, and may be called from every thread of the function. Nothing is printed.
///
/// If the function was called as an ordinary function, in a process that is no worker, `progress` does nothing.
///
/// ```
/// use ref_core::remote;
///
/// #[remote]
/// fn smooth(row: &mut Vec<f64>, rounds: usize) -> usize {
///     for round in 0..rounds {
///         if remote::is_cancelled() {
///             return round;
///         }
///         row.iter_mut().for_each(|cell| *cell *= 0.5);
///         remote::progress(round + 1, rounds);
///     }
///     rounds
/// }
///
/// let mut row = vec![8.0];
/// assert_eq!(smooth(&mut row, 3), 3); // an ordinary call: no caller to tell
/// ```
pub fn progress(done: usize, total: usize) {
    let _no_worker = running(|file, call| file.report(call, done, total));
}

/// Returns whether the caller has asked the [`#[remote]`](macro@crate::remote) function that runs in this worker to end,
/// by [`Run::request_cancel`](crate::remote::Run::request_cancel).
///
/// The function decides what it returns then. It has returned as in any other case: its result and its changes count.
/// If the function was called as an ordinary function, this returns `false`.
///
/// The example is at [`progress`].
#[must_use]
pub fn is_cancelled() -> bool {
    running(ProgressFile::is_cancelled).unwrap_or(false)
}
