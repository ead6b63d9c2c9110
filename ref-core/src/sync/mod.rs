//! Atomics, locks, clocks and crash points: the library's other modules take them from here, so that loom and tests can
//! replace them in one place.

#[cfg_attr(not(feature = "async"), allow(dead_code, reason = "only async calls sleep until the bell is rung"))]
pub(crate) mod bell;
#[cfg(all(any(feature = "shm", feature = "remote"), target_os = "linux"))]
#[cfg_attr(
    any(loom, not(feature = "shm")),
    allow(dead_code, reason = "`remote` has points only, and loom plays neither")
)]
mod crash;
#[cfg(any(all(feature = "redis", feature = "remote", target_os = "linux"), all(feature = "shm", target_os = "linux")))]
mod mutant;
pub(crate) mod per_process;
#[cfg(all(feature = "redis", feature = "remote", target_os = "linux"))]
pub(crate) mod signals;
#[cfg(all(feature = "shm", target_os = "linux"))]
pub(crate) mod stepped;
mod time;
#[cfg(all(feature = "shm", target_os = "linux"))]
mod unless;
#[cfg(all(not(feature = "redis"), feature = "remote", target_os = "linux"))]
pub(crate) mod without_signals;
#[cfg(not(all(feature = "shm", target_os = "linux")))]
#[cfg_attr(not(feature = "async"), allow(dead_code, reason = "only async calls sleep on words"))]
mod word;

#[cfg(all(feature = "shm", target_os = "linux"))]
use stepped as word;

#[cfg(all(feature = "shm", target_os = "linux"))]
#[cfg_attr(loom, allow(unused_imports, reason = "loom makes no calls of the system"))]
pub(crate) use crash::fault;
#[cfg(all(test, not(loom), any(feature = "shm", feature = "remote"), target_os = "linux"))]
pub(crate) use crash::interrupt;
#[cfg(all(feature = "shm", target_os = "linux"))]
pub(crate) use crash::patience;
#[cfg(all(any(feature = "shm", feature = "remote"), target_os = "linux"))]
pub(crate) use crash::point;
#[cfg(all(test, not(loom), feature = "shm", target_os = "linux"))]
pub(crate) use crash::{Outcome, alone, interrupt_twice, play, refuse};
#[cfg(any(
    all(feature = "redis", feature = "remote", target_os = "linux"),
    all(feature = "shm", target_os = "linux")
))]
pub(crate) use mutant::mutant;
use std::sync::TryLockError;
pub(crate) use std::sync::atomic::Ordering;
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, Weak};
#[cfg(all(feature = "shm", target_os = "linux"))]
pub(crate) use stepped::{fence, yield_now};
pub(crate) use time::{Instant, deadline};
#[cfg(all(feature = "shm", target_os = "linux"))]
pub(crate) use unless::{fence_unless, loom_fence_unless};
#[cfg(all(not(feature = "redis"), feature = "remote", target_os = "linux"))]
pub(crate) use without_signals as signals;

/// Atomics that loom does not replace: no rule between processes rests on their order.
pub(crate) mod plain {
    #[cfg(all(feature = "redis", feature = "remote", target_os = "linux"))]
    pub(crate) use std::sync::atomic::AtomicBool;
    pub(crate) use std::sync::atomic::AtomicU32;
    #[cfg(any(test, feature = "redis", all(any(feature = "shm", feature = "remote"), target_os = "linux")))]
    pub(crate) use std::sync::atomic::AtomicU64;
    pub(crate) use std::sync::atomic::AtomicUsize;
}

/// Locks `mutex`, even if a holder has panicked: the values under this crate's locks are valid between any two
/// statements.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks `mutex` as [`lock`] does, but does not wait. Returns `None` if another thread holds the lock. In a forked
/// child that may be a thread that only the parent has, which never unlocks the child's copy.
pub(crate) fn try_lock<T: ?Sized>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Returns the value under `mutex` without locking, even if a holder has panicked.
#[inline]
pub(crate) fn get_mut<T: ?Sized>(mutex: &mut Mutex<T>) -> &mut T {
    mutex.get_mut().unwrap_or_else(PoisonError::into_inner)
}

/// Returns whether the calling thread is the only thread of its process. If so, nothing else happens in the process
/// while the thread waits. Returns `false` if the system does not say.
pub(crate) fn is_only_thread() -> bool {
    std::fs::read_dir("/proc/self/task").is_ok_and(|threads| threads.count() == 1)
}
