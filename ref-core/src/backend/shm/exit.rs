//! The end of a process by `exit`, or by a return from `main`, while sessions are open that no destructor closes: for
//! example, in a static.
//!
//! Such a process leaves what a killed one leaves, and the next process that probes its slot recovers it. The store's
//! shared memory should be freed sooner than by that recovery. So a process with a single thread does at its exit what
//! the next process would do: it gives up the lock that proves its life, and recovers its own slot. No other thread can
//! be in the middle of a step, and this thread never goes on. A process with other threads does nothing here, since
//! those run until the very end.
//!
//! Functions that were registered with `atexit` earlier run later, and find these sessions closed.

use super::fork;
use super::session::Shm;
use crate::error::{Error, ErrorKind};
use crate::sync::plain::AtomicU32;
use crate::sync::{Arc, Mutex, OnceLock, Ordering, Weak, is_only_thread, lock};
use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};

// SAFETY: this is the C library's own declaration. The library keeps the function and calls it once, from the thread
// that exits. No other code calls the function, and no panic leaves it.
unsafe extern "C" {
    safe fn atexit(function: extern "C" fn()) -> c_int;
}

/// 1 as soon as the exit of this process begins to end its sessions.
static HAS_RUN: AtomicU32 = AtomicU32::new(0);
/// The sessions of this process that may still be open.
static SESSIONS: OnceLock<Mutex<Vec<Weak<Shm>>>> = OnceLock::new();

/// The error of a session that lost its slot.
pub(super) fn explain_lost_slot() -> Error {
    if HAS_RUN.load(Ordering::Relaxed) == 1 {
        return Error::new(ErrorKind::StoreClosed, "this process is exiting, and its sessions have ended").with_remedy(
            "use the store before `exit`, or in a function that `atexit` was given after the store was opened",
        );
    }
    Error::new(ErrorKind::StoreClosed, "this process lost its place in the store")
        .with_remedy("do not close descriptors that are not yours; open the store again")
}

/// Ends the session at the exit of the process, if it is still open then.
pub(super) fn register(session: &Arc<Shm>) {
    let sessions = SESSIONS.get_or_init(|| {
        // If the C library has no room for another function, the next opener recovers what is left, as after a kill.
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
            // A session that cannot be ended is left to the next opener.
            let _next_time = session.end_with_process();
        }
    }));
}
