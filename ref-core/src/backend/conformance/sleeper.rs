//! A thread that waits.

use std::path::Path;
use std::sync::mpsc;
use std::thread::Scope;
use std::time::Duration;

/// How long to wait for what has to come: a test that waits in vain does not end.
pub(crate) const LONG: Duration = Duration::from_secs(24 * 60 * 60);

/// Runs `wait` in a thread of `scope`, and returns once that thread sleeps. The scope ends when it was woken.
pub(crate) fn spawn_asleep<'scope>(scope: &'scope Scope<'scope, '_>, wait: impl FnOnce() + Send + 'scope) {
    let (tell, told) = mpsc::channel();
    let thread = scope.spawn(move || {
        tell.send(std::fs::read_link("/proc/thread-self").unwrap()).unwrap();
        wait();
    });
    let status = Path::new("/proc").join(told.recv().unwrap()).join("status");
    while !std::fs::read_to_string(&status).is_ok_and(|text| text.contains("(sleeping)")) {
        assert!(!thread.is_finished(), "it did not wait");
        std::thread::yield_now();
    }
}
