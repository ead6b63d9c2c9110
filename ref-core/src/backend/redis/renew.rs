//! A session: a lease on being alive, renewed by a thread of its own.
//!
//! A server cannot see a process die. So a session is alive while it says so in time, and is dead for ever when it did
//! not, whatever it says later. The thread has a connection of its own, so that no long request keeps it from that; and
//! it recovers what others left, a little at a time.

use super::call::run;
use super::channel::Channel;
use super::connect::Link;
use super::fault::Fault;
use super::keys::Keys;
use super::reap::Reaper;
use super::script;
use super::text::{millis, words};
use crate::backend::Vital;
use crate::sync::{Arc, Condvar, Instant, Mutex, Weak, lock};
use crate::{Result, event};
use redis::Connection;
use std::time::Duration;

/// What the thread and the session have in common.
pub(super) struct Pulse {
    pub(super) vital: Arc<Vital>,
    told: Mutex<Told>,
    tell: Condvar,
}

/// What the session tells its thread.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Told {
    stop: bool,
    /// Something was sent and not waited for.
    posted: bool,
}

/// What the thread does.
pub(super) struct Heart {
    pub(super) link: Link,
    pub(super) keys: Keys,
    pub(super) session: String,
    pub(super) lease: Duration,
    pub(super) channel: Weak<Mutex<Channel>>,
    pub(super) pulse: Arc<Pulse>,
}

/// After a renewal that failed.
const SOON: Duration = Duration::from_millis(50);
/// How long a released borrow may be on its way before the thread asks for its answer.
const QUIET: Duration = Duration::from_millis(20);

impl Pulse {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { vital: Arc::default(), told: Mutex::default(), tell: Condvar::new() })
    }

    pub(super) fn stop(&self) {
        lock(&self.told).stop = true;
        self.tell.notify_all();
    }

    /// Something was sent and not waited for; the thread sees to it before long.
    pub(super) fn posted(&self) {
        let mut told = lock(&self.told);
        if !std::mem::replace(&mut told.posted, true) {
            self.tell.notify_all();
        }
    }

    /// Waits until it is told something, for that long at most.
    fn rest(&self, time: Duration) -> Told {
        let waited = self.tell.wait_timeout_while(lock(&self.told), time, |told| *told == Told::default());
        waited.map_or(Told { stop: true, posted: false }, |(told, _)| *told)
    }

    /// Waits for so long, or until the end.
    fn sleep(&self, time: Duration) {
        drop(self.tell.wait_timeout_while(lock(&self.told), time, |told| !told.stop));
        lock(&self.told).posted = false;
    }
}

impl Heart {
    /// Starts the thread.
    pub(super) fn start(self) -> Result<()> {
        let thread = std::thread::Builder::new().name("ref-redis".to_owned());
        let started = thread.spawn(move || self.beat());
        started.map(|_| ()).map_err(|error| crate::Error::io("the thread that renews the session cannot start", error))
    }

    fn beat(self) {
        let mut connection = None;
        let mut next = Instant::now() + self.lease / 3;
        loop {
            match self.pulse.rest(next.saturating_duration_since(Instant::now())) {
                Told { stop: true, .. } => return,
                Told { posted: true, .. } => {
                    self.pulse.sleep(QUIET);
                    self.settle_posted();
                }
                Told { .. } => {}
            }
            if Instant::now() < next {
                continue;
            }
            match self.renew(&mut connection) {
                Ok(true) => {
                    next = Instant::now() + self.lease / 3;
                    if let Some(connection) = &mut connection {
                        let _next_time = Reaper::new(&self.keys).some(connection);
                    }
                }
                Ok(false) => {
                    self.pulse.vital.end();
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

    /// Sees to it that what was posted arrives, also when nothing follows it.
    fn settle_posted(&self) {
        let Some(channel) = self.channel.upgrade() else { return };
        match channel.try_lock() {
            Ok(mut channel) if !channel.is_quiet() => {
                if channel.drain().is_err() {
                    self.pulse.posted(); // and tried again
                }
            }
            Ok(_) => {}
            // Somebody asks just now, and so reads the answers.
            Err(_) => self.pulse.posted(),
        }
    }

    /// Answers whether the session is still alive.
    fn renew(&self, slot: &mut Option<Connection>) -> Result<bool, Fault> {
        let connection = match slot {
            Some(connection) => connection,
            none => none.insert(self.link.connect()?.0),
        };
        let keys = [self.keys.sessions(), self.keys.dead(), self.keys.clock()];
        let lease = millis(self.lease).to_string().into_bytes();
        let said = run(connection, &script::RENEW, &keys, &[self.session.clone().into_bytes(), lease])?;
        let words = words(said);
        if let Some(behind) = words.get(1).and_then(|behind| behind.parse().ok()).map(Duration::from_millis)
            && behind > self.lease
        {
            event::clock_went_back(behind);
        }
        Ok(words.first().is_some_and(|word| word == "ok"))
    }
}
