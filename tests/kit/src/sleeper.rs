//! Threads that are known to sleep.

use std::path::Path;
use std::sync::mpsc;
use std::thread::{Scope, ScopedJoinHandle};

/// Runs `wait` in a new thread of `scope`. Returns the thread once it sleeps or has ended.
///
/// # Panics
/// If `/proc/thread-self` cannot be read.
pub fn spawn_asleep<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    wait: impl FnOnce() -> T + Send + 'scope,
) -> ScopedJoinHandle<'scope, T> {
    let (tell, told) = mpsc::channel();
    let thread = scope.spawn(move || {
        tell.send(std::fs::read_link("/proc/thread-self")).expect("the caller waits for it");
        wait()
    });
    let name = told.recv().expect("it has started").expect("its name");
    let stat = Path::new("/proc").join(name).join("stat");
    while !thread.is_finished() && state(&stat) != Some('S') {
        std::thread::yield_now();
    }
    thread
}

/// Returns the letter for the state of a process or a thread: `S` is asleep, `T` is stopped, `Z` is dead. Returns
/// `None` if the process or thread is gone.
///
/// `stat` is the path of the file `stat` that `/proc` has for the process or thread.
#[must_use]
pub fn state(stat: &Path) -> Option<char> {
    let text = std::fs::read_to_string(stat).ok()?;
    text.rsplit(')').next()?.trim_start().chars().next()
}
