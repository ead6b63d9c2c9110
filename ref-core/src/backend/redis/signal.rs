//! What a session and its two threads tell each other.

use crate::backend::Liveness;
use crate::sync::{Arc, Condvar, Mutex, PoisonError, lock};
use redis::Connection;
use std::time::Duration;

/// What the threads of a session wait for.
pub(super) struct SessionSignal {
    pub(super) liveness: Arc<Liveness>,
    wakeup: Mutex<Wakeup>,
    changed: Condvar,
    renewing: Mutex<RenewalConnection>,
    left: Condvar,
}

/// Where the connection for renewals is.
enum RenewalConnection {
    /// The renewal thread has it.
    InUse,
    /// No renewal thread runs. This is the connection that the thread left when it ended: `None` if that was broken, or
    /// if no thread has begun.
    Left(Option<Connection>),
}

/// What a thread is to do.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Wakeup {
    pub(super) stop: bool,
    /// A request was posted.
    pub(super) posted: bool,
    /// The store has something to recover.
    pub(super) recover: bool,
}

impl SessionSignal {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            liveness: Arc::default(),
            wakeup: Mutex::default(),
            changed: Condvar::new(),
            renewing: Mutex::new(RenewalConnection::Left(None)),
            left: Condvar::new(),
        })
    }

    /// Ends both threads.
    pub(super) fn stop(&self) {
        lock(&self.wakeup).stop = true;
        self.changed.notify_all();
    }

    /// Notes that a renewal thread begins.
    pub(super) fn begin_renewals(&self) {
        *lock(&self.renewing) = RenewalConnection::InUse;
    }

    /// Notes that the renewal thread ends, and leaves its connection to the session's close.
    pub(super) fn end_renewals(&self, connection: Option<Connection>) {
        *lock(&self.renewing) = RenewalConnection::Left(connection);
        self.left.notify_all();
    }

    /// Waits until the renewal thread has ended. Returns its connection.
    pub(super) fn take_connection(&self) -> Option<Connection> {
        let mut renewing = lock(&self.renewing);
        loop {
            match &mut *renewing {
                RenewalConnection::Left(connection) => return connection.take(),
                RenewalConnection::InUse => {}
            }
            renewing = self.left.wait(renewing).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Asks the background thread to read the reply to a posted request soon.
    pub(super) fn posted(&self) {
        let mut wakeup = lock(&self.wakeup);
        if !std::mem::replace(&mut wakeup.posted, true) {
            self.changed.notify_all();
        }
    }

    /// Asks the background thread for a step of recovery.
    pub(super) fn recover(&self) {
        lock(&self.wakeup).recover = true;
        self.changed.notify_all();
    }

    /// Waits for that long, or until the session is closed. Returns whether it is closed.
    pub(super) fn wait_for_stop(&self, time: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(lock(&self.wakeup), time, |wakeup| !wakeup.stop);
        waited.unwrap_or_else(PoisonError::into_inner).0.stop
    }

    /// Waits until the background thread has something to do.
    pub(super) fn wait_for_task(&self) -> Wakeup {
        let waited = self.changed.wait_while(lock(&self.wakeup), |wakeup| *wakeup == Wakeup::default());
        *waited.unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the background thread begins with these tasks. Clears their flags: a flag that is set
    /// from now on asks for the task once more.
    pub(super) fn begin(&self, tasks: Wakeup) {
        let mut wakeup = lock(&self.wakeup);
        wakeup.posted &= !tasks.posted;
        wakeup.recover &= !tasks.recover;
    }
}
