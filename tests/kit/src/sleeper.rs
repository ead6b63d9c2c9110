//! Threads that are known to wait.

use std::path::Path;
use std::sync::mpsc;
use std::thread::{Scope, ScopedJoinHandle};

/// Runs `wait` in a thread of `scope`, and returns once that thread sleeps, or is over.
///
/// # Panics
/// If the system does not say what threads do.
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

/// The letter that the system has for what a process or a thread does, if it is there: `S` sleeps, `Z` is dead.
///
/// `stat` is its file in `/proc`.
#[must_use]
pub fn state(stat: &Path) -> Option<char> {
    let text = std::fs::read_to_string(stat).ok()?;
    text.rsplit(')').next()?.trim_start().chars().next()
}
