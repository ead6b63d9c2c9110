//! The lease of a session, and the thread that renews it.
//!
//! A server cannot see a process die. So a session is alive while its lease is renewed in time, and dead for ever once
//! it was not. The thread does nothing else, and depends on nothing but its own connection: no lock that is held during
//! a request, and no request that may take long. The connection is made before the session begins, so that a server
//! without room for it refuses the session.

use super::call;
use super::connect::Connector;
use super::fault::ServerFault;
use super::keys::Keys;
use super::script;
use super::signal::SessionSignal;
use super::text::{millis, words};
use crate::error::{Error, Result};
use crate::event;
use crate::sync::Arc;
use redis::Connection;
use std::time::Duration;

/// The renewal thread.
pub(super) struct Renewal {
    pub(super) connector: Connector,
    /// `None` after the connection broke, until the next attempt.
    pub(super) connection: Option<Connection>,
    pub(super) keys: Keys,
    pub(super) session: String,
    pub(super) lease: Duration,
    pub(super) signal: Arc<SessionSignal>,
}

/// The pause after a renewal that failed.
const SOON: Duration = Duration::from_millis(50);

/// Returns how long a renewal waits for its reply, where other requests wait for `answer`. A renewal whose reply was
/// lost is repeated while the lease lasts.
pub(super) fn patience(answer: Duration, lease: Duration) -> Duration {
    answer.min(lease / 3)
}

impl Renewal {
    /// Starts the thread.
    pub(super) fn start(self) -> Result<()> {
        let thread = std::thread::Builder::new().name("ref-redis".to_owned());
        self.signal.begin_renewals();
        let started = thread.spawn(move || self.run());
        started.map(|_| ()).map_err(|error| Error::io("the thread that renews the session cannot start", error))
    }

    fn run(mut self) {
        let mut pause = self.lease / 3;
        while !self.signal.wait_for_stop(pause) {
            pause = match self.renew() {
                Ok(true) => self.lease / 3,
                Ok(false) => {
                    self.signal.liveness.end();
                    event::session_lost(&self.session);
                    return;
                }
                Err(fault) => {
                    self.connection = None;
                    event::not_renewed(&fault.error());
                    SOON.min(self.lease / 10)
                }
            };
        }
    }

    /// Renews the lease. Returns whether the session is still alive.
    fn renew(&mut self) -> Result<bool, ServerFault> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.connector.connect()?.0),
        };
        let keys = [self.keys.sessions(), self.keys.dead(), self.keys.clock(), self.keys.deadlines()];
        let lease = millis(self.lease).to_string().into_bytes();
        let said = call::run(connection, &script::RENEW, &keys, &[self.session.clone().into_bytes(), lease])?;
        let words = words(said);
        if let Some(behind) = words.get(1).and_then(|behind| behind.parse().ok()).map(Duration::from_millis)
            && behind > self.lease
        {
            event::clock_went_back(behind);
        }
        if words.get(2).is_some_and(|word| word == "recover") {
            self.signal.recover();
        }
        Ok(words.first().is_some_and(|word| word == "ok"))
    }
}

impl Drop for Renewal {
    /// Leaves the connection to the session's close. Where the thread panics or cannot start, the close does not wait.
    fn drop(&mut self) {
        self.signal.end_renewals(self.connection.take());
    }
}
