//! The thread for what no call waits for: it reads the replies to posted requests, and recovers dead sessions.
//!
//! The lease is renewed by another thread, since each of these tasks may wait for the server for long.

use super::channel::Channel;
use super::keys::Keys;
use super::payload::BulkConnection;
use super::reap::Reaper;
use super::signal::SessionSignal;
use crate::error::{Error, Result};
use crate::sync::{Arc, Mutex};
use std::time::Duration;

/// The background thread.
pub(super) struct Background {
    pub(super) keys: Keys,
    pub(super) channel: Arc<Mutex<Channel>>,
    pub(super) bulk: Arc<BulkConnection>,
    pub(super) signal: Arc<SessionSignal>,
}

/// How long after a post the thread reads the reply, if the session has not read it before.
const QUIET: Duration = Duration::from_millis(20);
/// The longest pause after attempts that failed: a server that is away is not asked more often than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Background {
    /// Starts the thread.
    pub(super) fn start(self) -> Result<()> {
        let thread = std::thread::Builder::new().name("ref-redis-tasks".to_owned());
        let started = thread.spawn(move || self.run());
        started.map(|_| ()).map_err(|error| Error::io("the background thread of the session cannot start", error))
    }

    fn run(self) {
        let mut pause = QUIET;
        loop {
            let tasks = self.signal.wait_for_task();
            if tasks.stop || (tasks.posted && self.signal.wait_for_stop(pause)) {
                return;
            }
            self.signal.begin(tasks);
            if tasks.posted {
                // Exponential back-off.
                pause = if self.drain_posted() { QUIET } else { LONGEST_PAUSE.min(pause * 2) };
            }
            if tasks.recover {
                self.recover();
            }
        }
    }

    /// Reads the replies to posted requests. Without it, a post that was lost with its connection would be sent again
    /// only with the session's next request. Returns false if the attempt failed.
    fn drain_posted(&self) -> bool {
        match self.channel.try_lock() {
            Ok(mut channel) if !channel.is_quiet() => {
                let drained = channel.drain().is_ok();
                if !drained {
                    self.signal.posted(); // The loop comes here again.
                }
                drained
            }
            Ok(_) => true,
            // A request is at work, and reads the replies of the posts before it.
            Err(_) => {
                self.signal.posted();
                true
            }
        }
    }

    /// Makes one step of recovery. Between two steps the thread looks at its other tasks. After a failure, the next
    /// renewal says again that there is something to recover.
    fn recover(&self) {
        match self.bulk.aside(|connection| Reaper::new(&self.keys).step(connection)) {
            Ok(step) if step.more => self.signal.recover(),
            _ => {}
        }
    }
}
