//! The thread for what no call waits for: it reads the replies to posted requests, and recovers dead sessions. All
//! sessions of a process with one server share this thread.
//!
//! Another thread renews leases, since a task here may wait for a reply for too long. The task that has been due for
//! longest comes first, and each attempt waits for `LONGEST` at most for a reply, so that no task keeps the others
//! waiting for ever.

use super::channel::Channel;
use super::keys::Keys;
use super::pool::{Connections, Pool};
use super::reap::Reaper;
use crate::error::{Error, Result};
use crate::sync::{Arc, Condvar, Instant, Mutex, PoisonError, lock};
use std::time::Duration;

/// The background thread's tasks.
pub(super) struct Background {
    state: Mutex<BackgroundState>,
    changed: Condvar,
}

#[derive(Default)]
struct BackgroundState {
    stop: bool,
    tasks: Vec<DueTask>,
}

struct DueTask {
    due: Instant,
    task: Task,
}

enum Task {
    /// To read the replies to the posts of a session. After a failed attempt, the pause is twice this time, up to
    /// `LONGEST`.
    Drain(Arc<Mutex<Channel>>, Duration),
    /// To make a step of recovery in a store.
    Recover(Keys),
}

/// How long after a post the thread reads the reply, if no call has read it before.
const QUIET: Duration = Duration::from_millis(20);
/// The longest pause after an attempt that failed. Also the longest time that the thread waits for a reply.
const LONGEST: Duration = Duration::from_secs(1);
/// How often the thread closes connections that were not used for long.
const TRIM: Duration = Duration::from_secs(10);

impl Background {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), changed: Condvar::new() })
    }

    /// Starts the thread.
    pub(super) fn start(self: &Arc<Self>, pool: &Arc<Pool>) -> Result<()> {
        let (tasks, pool) = (Arc::clone(self), Arc::clone(pool));
        let thread = std::thread::Builder::new().name("ref-redis-tasks".to_owned());
        let started = thread.spawn(move || tasks.run(&pool));
        started.map(|_| ()).map_err(|error| Error::io("the background thread of sessions cannot start", error))
    }

    /// Drops all tasks, and ends the thread after the task that it is at.
    pub(super) fn stop(&self) {
        let mut state = lock(&self.state);
        state.stop = true;
        state.tasks.clear();
        drop(state);
        self.changed.notify_all();
    }

    /// Asks the thread to read the replies to what was posted on `channel`: at once if the posts are not sent yet, and
    /// otherwise after `QUIET`.
    pub(super) fn drain(&self, channel: &Arc<Mutex<Channel>>, is_sent: bool) {
        let due = Instant::now() + if is_sent { QUIET } else { Duration::ZERO };
        self.add(due, Task::Drain(Arc::clone(channel), QUIET));
    }

    /// Asks the thread for a step of recovery.
    pub(super) fn recover(&self, keys: &Keys) {
        self.add(Instant::now(), Task::Recover(keys.clone()));
    }

    fn add(&self, due: Instant, task: Task) {
        let mut state = lock(&self.state);
        if !state.stop && !state.tasks.iter().any(|known| known.task.is_same_recovery(&task)) {
            state.tasks.push(DueTask { due, task });
            self.changed.notify_all();
        }
    }

    fn run(&self, pool: &Arc<Pool>) {
        let connections = Connections::new(pool, LONGEST);
        while let Some(task) = self.wait_for_task(pool) {
            match task {
                Task::Drain(channel, pause) => self.drain_once(channel, pause),
                Task::Recover(keys) => self.recover_step(&connections, &keys),
            }
        }
    }

    /// Waits until a task is due. Returns `None` when the thread is to end.
    fn wait_for_task(&self, pool: &Pool) -> Option<Task> {
        let mut state = lock(&self.state);
        loop {
            if state.stop {
                return None;
            }
            let now = Instant::now();
            let first =
                state.tasks.iter().enumerate().min_by_key(|(_, task)| task.due).map(|(nth, task)| (nth, task.due));
            if let Some((nth, due)) = first
                && due <= now
            {
                return Some(state.tasks.swap_remove(nth).task);
            }
            pool.trim();
            let left = first.map_or(TRIM, |(_, due)| TRIM.min(due.saturating_duration_since(now)));
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Reads the replies to posted requests. If some are still missing, adds the task again. Without this task, a post
    /// that was lost with its connection would be sent again only before a later request of the process in that store.
    fn drain_once(&self, channel: Arc<Mutex<Channel>>, pause: Duration) {
        let pause = match channel.try_lock() {
            Ok(mut channel) => {
                // Exponential back-off.
                let drained = channel.drain(LONGEST.min(pause * 5));
                channel.awaits_drain = !channel.is_quiet();
                if !channel.awaits_drain {
                    return;
                }
                if drained.is_ok() { QUIET } else { LONGEST.min(pause * 2) }
            }
            // Another thread uses the channel. Most requests also read the replies to the posts before them.
            Err(_) => pause,
        };
        self.add(Instant::now() + pause, Task::Drain(channel, pause));
    }

    /// Makes one step of recovery, and adds the task again if there may be more to recover. After a failure, the reply
    /// to a later renewal says again that there is something to recover.
    fn recover_step(&self, connections: &Connections, keys: &Keys) {
        match connections.aside(|connection| Reaper::new(keys).step(connection)) {
            Ok(step) if step.more => self.recover(keys),
            _ => {}
        }
    }
}

impl Task {
    fn is_same_recovery(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Recover(keys), Self::Recover(others)) if keys == others)
    }
}
