//! The lease of a session, and the thread that renews it.
//!
//! A server cannot see a process die. So a session is alive while its lease is renewed in time, and dead for ever once
//! it was not. The thread has a connection of its own, so that no long request delays a renewal. After each renewal it
//! recovers a few dead sessions.

use super::call;
use super::channel::Channel;
use super::connect::Connector;
use super::fault::ServerFault;
use super::keys::Keys;
use super::reap::Reaper;
use super::script;
use super::text::{millis, words};
use crate::backend::Liveness;
use crate::error::Result;
use crate::event;
use crate::sync::{Arc, Condvar, Instant, Mutex, PoisonError, Weak, lock};
use redis::Connection;
use std::time::Duration;

/// What the renewal thread and the session share.
pub(super) struct RenewalSignal {
    pub(super) liveness: Arc<Liveness>,
    wakeup: Mutex<Wakeup>,
    changed: Condvar,
}

/// Why the session wakes its thread.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Wakeup {
    stop: bool,
    /// A request was posted.
    posted: bool,
}

/// The renewal thread.
pub(super) struct Renewal {
    pub(super) connector: Connector,
    pub(super) keys: Keys,
    pub(super) session: String,
    pub(super) lease: Duration,
    pub(super) channel: Weak<Mutex<Channel>>,
    pub(super) signal: Arc<RenewalSignal>,
}

/// The pause after a renewal that failed.
const SOON: Duration = Duration::from_millis(50);
/// How long after a post the thread reads the reply, if the session has not read it before.
const QUIET: Duration = Duration::from_millis(20);

impl RenewalSignal {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { liveness: Arc::default(), wakeup: Mutex::default(), changed: Condvar::new() })
    }

    pub(super) fn stop(&self) {
        lock(&self.wakeup).stop = true;
        self.changed.notify_all();
    }

    /// Has the thread read the reply to a posted request before long.
    pub(super) fn posted(&self) {
        let mut wakeup = lock(&self.wakeup);
        if !std::mem::replace(&mut wakeup.posted, true) {
            self.changed.notify_all();
        }
    }

    /// Waits for a wakeup, for that long at most.
    fn wait(&self, time: Duration) -> Wakeup {
        let waited = self.changed.wait_timeout_while(lock(&self.wakeup), time, |wakeup| *wakeup == Wakeup::default());
        waited.map_or(Wakeup { stop: true, posted: false }, |(wakeup, _)| *wakeup)
    }

    /// Waits for that long, or until the session is closed. Posts in that time count as seen.
    fn wait_for_stop(&self, time: Duration) {
        let waited = self.changed.wait_timeout_while(lock(&self.wakeup), time, |wakeup| !wakeup.stop);
        waited.unwrap_or_else(PoisonError::into_inner).0.posted = false;
    }
}

impl Renewal {
    /// Starts the thread.
    pub(super) fn start(self) -> Result<()> {
        let thread = std::thread::Builder::new().name("ref-redis".to_owned());
        let started = thread.spawn(move || self.run());
        started
            .map(|_| ())
            .map_err(|error| crate::error::Error::io("the thread that renews the session cannot start", error))
    }

    fn run(self) {
        let mut connection = None;
        let mut next = Instant::now() + self.lease / 3;
        loop {
            match self.signal.wait(next.saturating_duration_since(Instant::now())) {
                Wakeup { stop: true, .. } => return,
                Wakeup { posted: true, .. } => {
                    self.signal.wait_for_stop(QUIET);
                    self.drain_posted();
                }
                Wakeup { .. } => {}
            }
            if Instant::now() < next {
                continue;
            }
            match self.renew(&mut connection) {
                Ok(true) => {
                    next = Instant::now() + self.lease / 3;
                    if let Some(connection) = &mut connection {
                        let _next_time = Reaper::new(&self.keys).recover_some(connection);
                    }
                }
                Ok(false) => {
                    self.signal.liveness.end();
                    event::session_lost(&self.session);
                    return;
                }
                Err(fault) => {
                    connection = None;
                    event::not_renewed(&fault.error());
                    next = Instant::now() + SOON.min(self.lease / 10);
                }
            }
        }
    }

    /// Reads the replies to posted requests. Without it, a post that was lost with its connection would be sent again
    /// only with the session's next request.
    fn drain_posted(&self) {
        let Some(channel) = self.channel.upgrade() else { return };
        match channel.try_lock() {
            Ok(mut channel) if !channel.is_quiet() => {
                if channel.drain().is_err() {
                    self.signal.posted(); // The loop comes here again.
                }
            }
            Ok(_) => {}
            // A request is at work, and reads the replies of the posts before it.
            Err(_) => self.signal.posted(),
        }
    }

    /// Renews the lease. Returns whether the session is still alive.
    fn renew(&self, slot: &mut Option<Connection>) -> Result<bool, ServerFault> {
        let connection = match slot {
            Some(connection) => connection,
            none => none.insert(self.connector.connect()?.0),
        };
        let keys = [self.keys.sessions(), self.keys.dead(), self.keys.clock()];
        let lease = millis(self.lease).to_string().into_bytes();
        let said = call::run(connection, &script::RENEW, &keys, &[self.session.clone().into_bytes(), lease])?;
        let words = words(said);
        if let Some(behind) = words.get(1).and_then(|behind| behind.parse().ok()).map(Duration::from_millis)
            && behind > self.lease
        {
            event::clock_went_back(behind);
        }
        Ok(words.first().is_some_and(|word| word == "ok"))
    }
}
