//! The connections of a process to one server, for everything but renewals and the messages that wake waiting calls.
//!
//! A session takes a connection while it has requests without a reply, and then gives it back. So sessions without work
//! have no connection, and two sessions that make calls at the same time have one each: no reply waits behind the reply
//! to another session's request.

use super::connect::{Connector, ServerStatus};
use super::connection::Connection;
use super::fault::ServerFault;
use crate::error::Result;
use crate::sync::{Arc, Condvar, Instant, Mutex, PoisonError, deadline, lock};
use std::ops::{Deref, DerefMut};
use std::time::Duration;

/// The connections that are not in use.
pub(super) struct Pool {
    connector: Connector,
    /// The connection that was given back last is at the end. Of the connections that wait equally long
    /// for a reply, the one nearest to the end is taken first.
    idle: Mutex<Vec<IdleConnection>>,
    given_back: Condvar,
    /// Each connection that is in use has a clone, so the clones count these connections. This is no number behind a
    /// lock: a forked child drops its copies of the connections too, and would wait for ever for a lock that another
    /// thread of its parent had at the fork.
    in_use: Arc<()>,
}

struct IdleConnection {
    connection: Connection,
    answer: Duration,
    since: Instant,
}

/// How long a connection is kept without use. One connection is kept for longer, so that a process with a session can
/// still send a request if the server takes no more clients by then.
const KEPT: Duration = Duration::from_secs(10);
/// How long a caller waits for another's connection before it asks the server again.
const ROOM: Duration = Duration::from_millis(100);
/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(5);

/// A connection that is in use. Its drop closes it.
pub(super) struct PooledConnection {
    connection: Connection,
    /// How long the connection waits for a reply.
    answer: Duration,
    /// Whether the connection was idle before. An idle connection may have broken, which shows only when it is used.
    was_idle: bool,
    _in_use: Arc<()>,
}

impl Deref for PooledConnection {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for PooledConnection {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

impl PooledConnection {
    /// Sets how long the connection waits for a reply.
    pub(super) fn limit(&mut self, answer: Duration) -> Result<(), ServerFault> {
        if self.answer != answer {
            self.connection.limit(answer).map_err(|error| ServerFault::of(&error))?;
            self.answer = answer;
        }
        Ok(())
    }
}

impl Pool {
    pub(super) fn new(connector: Connector) -> Arc<Self> {
        Arc::new(Self { connector, idle: Mutex::default(), given_back: Condvar::new(), in_use: Arc::default() })
    }

    /// Closes the connections that were not used for longer than `KEPT`, but leaves one.
    pub(super) fn trim(&self) {
        let mut idle = lock(&self.idle);
        while let [oldest, _, ..] = &idle[..]
            && oldest.since.elapsed() > KEPT
        {
            idle.remove(0);
        }
    }

    /// Returns whether there is a connection, idle or in use. An idle one is taken under the same lock, so that none is
    /// overlooked.
    fn has_some(&self) -> bool {
        let idle = lock(&self.idle);
        !idle.is_empty() || Arc::strong_count(&self.in_use) > 1
    }
}

/// The pool, as one session or thread uses it.
#[derive(Clone)]
pub(super) struct Connections {
    pool: Arc<Pool>,
    /// How long to wait for a connection, and for each reply on it.
    pub(super) answer: Duration,
}

impl Connections {
    pub(super) fn new(pool: &Arc<Pool>, answer: Duration) -> Self {
        Self { pool: Arc::clone(pool), answer }
    }

    /// Takes an idle connection. Returns `None` if there is none, or if the connection cannot be told how long this
    /// session waits for a reply. Prefers a connection that waits as long already, since a change takes two calls of
    /// the system.
    pub(super) fn take_idle(&self) -> Option<PooledConnection> {
        let mut idle = lock(&self.pool.idle);
        let same = idle.iter().rposition(|idle| idle.answer == self.answer);
        let nth = same.or(idle.len().checked_sub(1))?;
        let IdleConnection { connection, answer, .. } = idle.remove(nth);
        let mut taken = PooledConnection { connection, answer, was_idle: true, _in_use: Arc::clone(&self.pool.in_use) };
        drop(idle);
        taken.limit(self.answer).is_ok().then_some(taken)
    }

    /// Takes an idle connection, or makes one. If the server takes no more clients, waits until a connection is given
    /// back. Returns an error if the server cannot be reached, if the wait takes longer than `answer`, or if this
    /// process has no connection that could be given back.
    pub(super) fn take(&self) -> Result<PooledConnection, ServerFault> {
        let until = deadline(self.answer);
        loop {
            if let Some(idle) = self.take_idle() {
                return Ok(idle);
            }
            match self.connect() {
                Err(ServerFault::Crowded(_)) if self.pool.has_some() && !is_over(until) => self.wait_given_back(),
                connected => return connected.map(|(connection, _)| connection),
            }
        }
    }

    /// Takes a connection, and asks the server on it what it is like now.
    pub(super) fn take_checked(&self) -> Result<(PooledConnection, ServerStatus), ServerFault> {
        let mut taken = self.take()?;
        match ServerStatus::ask(&mut taken) {
            Ok(status) => Ok((taken, status)),
            Err(ServerFault::Broken(_)) if taken.was_idle => {
                self.discard_idle();
                self.connect()
            }
            Err(fault) => Err(fault),
        }
    }

    /// Gives back a connection that has brought the replies to all its requests.
    pub(super) fn give_back(&self, taken: PooledConnection) {
        let PooledConnection { connection, answer, .. } = taken;
        lock(&self.pool.idle).push(IdleConnection { connection, answer, since: Instant::now() });
        self.pool.given_back.notify_one();
    }

    /// Closes the idle connections. What has broken a connection, such as a server's restart, has most often broken
    /// these too.
    pub(super) fn discard_idle(&self) {
        lock(&self.pool.idle).clear();
    }

    /// Runs `act` on a connection. If `act` fails since the connection broke while it was idle, runs it again on
    /// another. So `act` must be idempotent.
    pub(super) fn aside<T>(
        &self,
        mut act: impl FnMut(&mut Connection) -> Result<T, ServerFault>,
    ) -> Result<T, ServerFault> {
        loop {
            let mut connection = self.take()?;
            match act(&mut connection) {
                Ok(value) => {
                    self.give_back(connection);
                    return Ok(value);
                }
                Err(ServerFault::Broken(_)) if connection.was_idle => self.discard_idle(),
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Does what [`aside`](Self::aside) does, again and again, until it succeeds, fails finally, or the time is over.
    pub(super) fn repeat<T>(
        &self,
        timeout: Duration,
        mut act: impl FnMut(&mut Connection) -> Result<T, ServerFault>,
    ) -> Result<T> {
        let until = deadline(timeout);
        loop {
            match self.aside(&mut act) {
                Ok(value) => return Ok(value),
                Err(fault) if matches!(fault, ServerFault::Final(_)) || is_over(until) => return Err(fault.error()),
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
    }

    /// Sends a request on a new connection, and does not wait for the reply.
    pub(super) fn send_only(&self, packed: &[u8]) -> Result<(), ServerFault> {
        let mut connection = self.pool.connector.connect_unchecked(self.answer)?;
        connection.send(&[packed]).map_err(|error| ServerFault::of(&error))
    }

    fn connect(&self) -> Result<(PooledConnection, ServerStatus), ServerFault> {
        let _in_use = Arc::clone(&self.pool.in_use);
        let (connection, status) = self.pool.connector.connect(self.answer)?;
        Ok((PooledConnection { connection, answer: self.answer, was_idle: false, _in_use }, status))
    }

    fn wait_given_back(&self) {
        let idle = lock(&self.pool.idle);
        let waited = self.pool.given_back.wait_timeout_while(idle, ROOM, |idle| idle.is_empty());
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

fn is_over(until: Option<Instant>) -> bool {
    until.is_some_and(|until| Instant::now() >= until)
}
