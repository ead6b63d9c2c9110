//! What the threads of a caller have to do.

use crate::backend::calls::StopKind;
use std::time::Duration;

/// How long a request for answers waits at most.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// What a caller says, or keeps in mind, when it renews its lease.
pub(super) struct DueRenewal {
    /// The name of the last answer that was read.
    pub(super) read: String,
    /// The number of the last call that the server has acknowledged.
    pub(super) acknowledged: u64,
}

/// What the thread that sends has to do.
pub(super) enum Due {
    /// Calls are in the outbox.
    Calls,
    Stop(u64, StopKind),
    /// The session is over.
    End,
}
