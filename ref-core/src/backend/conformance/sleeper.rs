//! A thread that waits, and what the system says of its sleep.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

/// How long to wait for what has to come: no test asks whether it was less, but one that fails ends.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) struct Sleeper<'scope> {
    thread: ScopedJoinHandle<'scope, ()>,
    status: PathBuf,
}

impl<'scope> Sleeper<'scope> {
    /// Runs `wait` in a thread of `scope`, and returns once that thread sleeps.
    pub(crate) fn new(scope: &'scope Scope<'scope, '_>, wait: impl FnOnce() + Send + 'scope) -> Self {
        let (tell, told) = mpsc::channel();
        let thread = scope.spawn(move || {
            tell.send(std::fs::read_link("/proc/thread-self").unwrap()).unwrap();
            wait();
        });
        let status = Path::new("/proc").join(told.recv().unwrap()).join("status");
        let sleeper = Self { thread, status };
        while !sleeper.sleep().is_some_and(|sleep| sleep.contains("sleeping")) {
            assert!(!sleeper.thread.is_finished(), "it did not wait");
            std::thread::yield_now();
        }
        sleeper
    }

    /// Whether it sleeps, and how often it went to. That stays the same exactly as long as nobody wakes it; who does,
    /// has done so when the call that wakes it returns.
    pub(crate) fn sleep(&self) -> Option<String> {
        let text = std::fs::read_to_string(&self.status).ok()?;
        Some(text.lines().filter(|line| line.starts_with("State") || line.starts_with("voluntary")).collect())
    }
}
