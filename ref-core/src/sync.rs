//! The one door to atomics, locks, clocks and crash points.

#[cfg_attr(not(all(feature = "shm", target_os = "linux")), allow(unused_imports))]
pub(crate) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, Weak};

use std::time::Duration;

/// Locks `mutex`, also after a panic of another holder: what it guards is valid between any two statements.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `mutex` guards, without locking it, also after a panic of a holder.
#[inline]
pub(crate) fn get_mut<T: ?Sized>(mutex: &mut Mutex<T>) -> &mut T {
    mutex.get_mut().unwrap_or_else(PoisonError::into_inner)
}

/// Moments that only this process compares.
pub(crate) use std::time::Instant;

/// A deadline `timeout` from now; `None` is never.
pub(crate) fn deadline(timeout: Duration) -> Option<Instant> {
    Instant::now().checked_add(timeout)
}

/// A named crash point: in debug builds `REF_POINT=kill:NAME` or `stop:NAME` (`:N` for the N-th time)
/// sends this process SIGKILL or SIGSTOP here. Compiled out of release builds.
#[cfg(all(debug_assertions, feature = "shm", target_os = "linux"))]
pub(crate) fn point(name: &str) {
    static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
    if let Some(plan) = PLAN.get_or_init(Plan::from_env) {
        plan.reach(name);
    }
}

#[cfg(not(all(debug_assertions, feature = "shm", target_os = "linux")))]
#[cfg_attr(not(all(feature = "shm", target_os = "linux")), allow(dead_code))]
pub(crate) fn point(_name: &str) {}

#[cfg(all(debug_assertions, feature = "shm", target_os = "linux"))]
struct Plan {
    signal: rustix::process::Signal,
    name: String,
    left: AtomicU32,
}

#[cfg(all(debug_assertions, feature = "shm", target_os = "linux"))]
impl Plan {
    fn from_env() -> Option<Self> {
        let plan = std::env::var("REF_POINT").ok()?;
        let mut parts = plan.split(':');
        let signal = match parts.next()? {
            "kill" => rustix::process::Signal::KILL,
            "stop" => rustix::process::Signal::STOP,
            _ => return None,
        };
        let name = parts.next()?.to_owned();
        let nth = parts.next().and_then(|nth| nth.parse().ok()).unwrap_or(1);
        Some(Self { signal, name, left: AtomicU32::new(nth) })
    }

    fn reach(&self, name: &str) {
        if self.name != name || self.left.load(Ordering::Relaxed) == 0 {
            return;
        }
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            // Cannot fail: a process may always signal itself.
            let _sent = rustix::process::kill_process(rustix::process::getpid(), self.signal);
        }
    }
}
