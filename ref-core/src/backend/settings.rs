//! The settings of a session.

use std::time::Duration;

/// The settings that a session is opened with. `max_sessions`, `max_objects` and `small_value_bytes` have an effect
/// only if the session makes the store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) max_sessions: u32,
    pub(crate) max_objects: u32,
    /// How much memory the store may set aside for small values, in bytes; `None` for as much as is usual.
    pub(crate) small_value_bytes: Option<u64>,
    /// How many bytes of retired files a session keeps, to write them again.
    pub(crate) recycled_bytes: u64,
    /// How many bytes the store may have for this session to write another version; `None` if there is no limit.
    pub(crate) max_bytes: Option<u64>,
    /// How many names the store may have for this session to add another.
    pub(crate) max_names: u32,
    /// How long an ownership ticket can be claimed.
    pub(crate) ticket_timeout: Duration,
    /// How long a session lives without a renewal, where the backend cannot see a process die.
    pub(crate) session_timeout: Duration,
    /// How long the objects of a lost session wait to be reattached.
    pub(crate) keep_orphans_for: Duration,
    /// How long a call waits for a server.
    pub(crate) server_timeout: Duration,
    /// How many replicas of a server acknowledge a commit before its call returns.
    pub(crate) replicas: u32,
    /// Whether a missing store is an error. If not, a missing store is made.
    pub(crate) must_exist: bool,
    /// Whether a copy of a store becomes a store of its own. If not, a copy is refused.
    pub(crate) as_copy: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_sessions: 1 << 10,
            max_objects: 1 << 16,
            small_value_bytes: None,
            recycled_bytes: 0,
            max_bytes: None,
            max_names: 1 << 16,
            ticket_timeout: Duration::from_secs(600),
            session_timeout: Duration::from_secs(10),
            keep_orphans_for: Duration::from_secs(24 * 60 * 60),
            server_timeout: Duration::from_secs(5),
            replicas: 0,
            must_exist: false,
            as_copy: false,
        }
    }
}
