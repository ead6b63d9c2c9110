//! The end of a process by `exit`, or by a return from `main`, while sessions are open that no destructor closes: for
//! example, in a static.
//!
//! A process that ends like this leaves its sessions as a killed process does, and the next process that probes their
//! slots recovers them. The store's shared memory should be freed sooner than by that recovery. So a process with a
//! single thread does at its exit what the next process would do: for each of its sessions, it gives up the lock that
//! proves the session's life, and recovers the slot. No other thread can be in the middle of a step, and this thread
//! does not return to a step that it began. A process with other threads does nothing here, since those threads run
//! until the end.
//!
//! Functions that were registered with `atexit` earlier run later. For them, the sessions that were ended here are
//! closed.

use super::fork;
use super::session::Shm;
use crate::error::{Error, ErrorKind};
use crate::sync::plain::AtomicU32;
use crate::sync::{Arc, Mutex, OnceLock, Ordering, Weak, is_only_thread, lock};
use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};

// SAFETY: this is the C library's own declaration. The library keeps the function and calls it once, from the thread
// that exits. No other code calls the function, and no panic leaves the function.
unsafe extern "C" {
    safe fn atexit(function: extern "C" fn()) -> c_int;
}

/// 1 as soon as the exit of this process begins to end its sessions.
static HAS_RUN: AtomicU32 = AtomicU32::new(0);
/// The sessions of this process that may still be open.
static SESSIONS: OnceLock<Mutex<Vec<Weak<Shm>>>> = OnceLock::new();

/// The error for a session without its slot: the process is exiting, or has lost the slot.
pub(super) fn explain_lost_slot() -> Error {
    if HAS_RUN.load(Ordering::Relaxed) == 1 {
        return Error::new(ErrorKind::StoreClosed, "this process is exiting, and its sessions have ended").with_remedy(
            "use the store before `exit`, or in a function that `atexit` was given after the store was opened",
        );
    }
    Error::new(ErrorKind::StoreClosed, "this process lost its place in the store")
        .with_remedy("do not close descriptors that are not yours; open the store again")
}

/// Registers the session for the exit of the process. If the process has a single thread then, the exit ends the
/// session, unless it was closed before.
pub(super) fn register(session: &Arc<Shm>) {
    let sessions = SESSIONS.get_or_init(|| {
        // If the C library has no room for another function, the next process that probes the slots recovers these
        // sessions, as after a kill.
        let _registered = atexit(end_sessions);
        Mutex::default()
    });
    let mut sessions = lock(sessions);
    sessions.retain(|session| session.strong_count() > 0);
    sessions.push(Arc::downgrade(session));
}

extern "C" fn end_sessions() {
    let _one_by_one = catch_unwind(AssertUnwindSafe(|| {
        let sessions = SESSIONS.get().and_then(|sessions| sessions.try_lock().ok());
        let Some(sessions) = sessions.filter(|_| fork::is_original_process() && is_only_thread()) else { return };
        // Relaxed: this is the only thread.
        HAS_RUN.store(1, Ordering::Relaxed);
        for session in sessions.iter().filter_map(Weak::upgrade) {
            // A session that cannot be ended is left to the next process that probes its slot.
            let _next_time = session.end_with_process();
        }
    }));
}
