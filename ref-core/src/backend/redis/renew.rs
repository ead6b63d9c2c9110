//! The leases of a process's sessions at one server, and the thread that renews them.
//!
//! A server cannot see a process die. So a session is alive while its lease is renewed in time, and dead for ever once
//! it was not. The thread does nothing else, and depends on nothing but its own connection. It takes no lock that is
//! held during a request, and makes no request that may take long. The connection is made before the first session
//! begins. If that connection breaks and the server has no room for another one, no lease is renewed. So `open` returns
//! a session only when its first renewal has succeeded.

use super::background::Background;
use super::call::{load, packed, packed_script, received};
use super::connect::Connector;
use super::connection::Connection;
use super::fault::{ServerFault, unreachable};
use super::keys::Keys;
use super::script;
use super::text::{millis, words};
use crate::backend::{Liveness, session_over};
use crate::error::{Error, Result};
use crate::event;
use crate::sync::{Arc, Condvar, Instant, Mutex, MutexGuard, PoisonError, deadline, lock};
use std::collections::VecDeque;
use std::time::Duration;

/// The leases that one thread renews.
pub(super) struct Renewals {
    connector: Connector,
    /// Recovers the stores whose renewals say that there is something to recover.
    background: Arc<Background>,
    state: Mutex<RenewalState>,
    changed: Condvar,
}

#[derive(Default)]
struct RenewalState {
    stop: bool,
    leases: Vec<DueLease>,
}

/// The lease of one session.
pub(super) struct SessionLease {
    pub(super) session: String,
    pub(super) keys: Keys,
    pub(super) time: Duration,
    /// How long each other request of the session waits for its reply.
    pub(super) answer: Duration,
    pub(super) liveness: Arc<Liveness>,
}

/// A lease, and when it is renewed.
struct DueLease {
    lease: Arc<SessionLease>,
    due: Instant,
    /// Whether the lease was renewed at least once.
    is_proven: bool,
    /// Why the last attempt failed.
    failure: Option<Error>,
}

/// The leases that are renewed together, the most urgent one first, and how long the thread waits for each reply.
struct RenewalBatch {
    leases: VecDeque<Arc<SessionLease>>,
    answer: Duration,
}

/// The pause after a renewal that failed.
const SOON: Duration = Duration::from_millis(50);
/// How many renewals are sent before their replies are read.
const BATCH: usize = 64;

impl SessionLease {
    /// Returns how long a renewal waits for its reply. If the reply is lost, the renewal is repeated while the lease
    /// lasts.
    fn patience(&self) -> Duration {
        self.answer.min(self.time / 3)
    }

    /// Returns the renewal as a request for the library's function.
    fn request(&self) -> Vec<u8> {
        let (keys, args) = self.arguments();
        packed(&script::RENEW, &keys, &args)
    }

    /// Returns the renewal as a request that has the script in it.
    fn request_with_script(&self) -> Vec<u8> {
        let (keys, args) = self.arguments();
        packed_script(script::RENEWAL, &keys, &args)
    }

    fn arguments(&self) -> ([String; 4], [Vec<u8>; 2]) {
        let keys = [self.keys.sessions(), self.keys.dead(), self.keys.clock(), self.keys.deadlines()];
        (keys, [self.session.clone().into_bytes(), millis(self.time).to_string().into_bytes()])
    }
}

impl Renewals {
    pub(super) fn new(connector: Connector, background: &Arc<Background>) -> Arc<Self> {
        let (state, changed) = (Mutex::default(), Condvar::new());
        Arc::new(Self { connector, background: Arc::clone(background), state, changed })
    }

    /// Connects, and starts the thread.
    pub(super) fn start(self: &Arc<Self>, answer: Duration) -> Result<()> {
        let (connection, _) = self.connector.connect(answer).map_err(ServerFault::error)?;
        let mut running = RenewalThread { renewals: Arc::clone(self), connection: Some(connection), answer };
        let thread = std::thread::Builder::new().name("ref-redis".to_owned());
        let started = thread.spawn(move || running.run());
        started.map(|_| ()).map_err(|error| Error::io("the thread that renews sessions cannot start", error))
    }

    /// Ends the thread.
    pub(super) fn stop(&self) {
        lock(&self.state).stop = true;
        self.changed.notify_all();
    }

    /// Adds a lease to those that the thread renews, and returns when it was renewed once. Returns an error if that
    /// takes longer than `timeout`, or if the session is over before.
    pub(super) fn add(&self, lease: SessionLease, timeout: Duration) -> Result<()> {
        let (lease, until) = (Arc::new(lease), deadline(timeout));
        let mut state = lock(&self.state);
        let due = Instant::now();
        state.leases.push(DueLease { lease: Arc::clone(&lease), due, is_proven: false, failure: None });
        self.changed.notify_all();
        loop {
            let Some(known) = state.leases.iter_mut().find(|known| Arc::ptr_eq(&known.lease, &lease)) else {
                return Err(session_over());
            };
            if known.is_proven {
                return Ok(());
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return Err(known.failure.take().unwrap_or_else(|| unreachable("no answer in time")));
            }
            state = self.wait(state, until);
        }
    }

    /// Removes the lease of `session`: it is not renewed any more.
    pub(super) fn remove(&self, session: &str) {
        lock(&self.state).leases.retain(|known| known.lease.session != session);
    }

    fn wait<'a>(&'a self, state: MutexGuard<'a, RenewalState>, until: Option<Instant>) -> MutexGuard<'a, RenewalState> {
        let Some(until) = until else {
            return self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        };
        let left = until.saturating_duration_since(Instant::now());
        self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Waits until some lease is due. Returns `None` when the thread is to end.
    fn wait_for_batch(&self) -> Option<RenewalBatch> {
        let mut state = lock(&self.state);
        loop {
            if state.stop {
                return None;
            }
            let first = state.leases.iter().map(|known| known.due).min();
            if first.is_some_and(|first| first <= Instant::now()) {
                return Some(state.batch(Instant::now()));
            }
            state = self.wait(state, first);
        }
    }

    /// Sends the batch's renewals, and removes from the batch those that have a reply. Those for which the server lacks
    /// the library are left.
    fn exchange(
        &self,
        connection: &mut Connection,
        batch: &mut RenewalBatch,
        request: fn(&SessionLease) -> Vec<u8>,
    ) -> Result<(), ServerFault> {
        let requests: Vec<u8> = batch.leases.iter().flat_map(|lease| request(lease)).collect();
        connection.send(&[&requests]).map_err(|error| ServerFault::of(&error))?;
        let mut unknown = VecDeque::new();
        while let Some(lease) = batch.leases.front() {
            match received(connection) {
                Ok(said) => self.note(lease, &words(said)),
                Err(ServerFault::NoScript) => unknown.push_back(Arc::clone(lease)),
                Err(fault @ ServerFault::Broken(_)) => {
                    batch.leases.extend(unknown);
                    return Err(fault);
                }
                Err(fault) => self.note_failure(lease, fault.error()),
            }
            batch.leases.pop_front();
        }
        batch.leases = unknown;
        Ok(())
    }

    /// Notes the reply to a renewal, unless the session was closed since the renewal was sent. If the server refuses
    /// the renewal, the session is lost. If there is something to recover, the background thread is told.
    fn note(&self, lease: &Arc<SessionLease>, words: &[String]) {
        let mut state = lock(&self.state);
        let Some(nth) = state.leases.iter().position(|known| Arc::ptr_eq(&known.lease, lease)) else { return };
        if words.first().is_some_and(|word| word == "ok") {
            let known = &mut state.leases[nth];
            (known.due, known.is_proven) = (Instant::now() + lease.time / 3, true);
        } else {
            state.leases.remove(nth);
            lease.liveness.end();
            event::session_lost(&lease.session);
        }
        drop(state);
        self.changed.notify_all();
        if let Some(behind) = words.get(1).and_then(|behind| behind.parse().ok()).map(Duration::from_millis)
            && behind > lease.time
        {
            event::clock_went_back(behind);
        }
        if words.get(2).is_some_and(|word| word == "recover") {
            self.background.recover(&lease.keys);
        }
    }

    /// Notes that a renewal failed, and when the next attempt is due.
    fn note_failure(&self, lease: &Arc<SessionLease>, failure: Error) {
        event::not_renewed(&failure);
        let mut state = lock(&self.state);
        if let Some(known) = state.leases.iter_mut().find(|known| Arc::ptr_eq(&known.lease, lease)) {
            known.due = Instant::now() + SOON.min(lease.time / 10);
            known.failure = Some(failure);
        }
    }
}

impl RenewalState {
    /// Returns up to `BATCH` leases that are due, or will be a little later. So leases with about the same due time are
    /// renewed together.
    fn batch(&self, now: Instant) -> RenewalBatch {
        let mut due: Vec<_> = self.leases.iter().filter(|known| known.due <= now + known.lease.time / 24).collect();
        due.sort_by_key(|known| known.due);
        let answer = self.leases.iter().map(|known| known.lease.patience()).min().unwrap_or(SOON);
        RenewalBatch { leases: due.into_iter().take(BATCH).map(|known| Arc::clone(&known.lease)).collect(), answer }
    }
}

/// The renewal thread, and its connection: `None` after that broke, until the next attempt.
struct RenewalThread {
    renewals: Arc<Renewals>,
    connection: Option<Connection>,
    /// How long the connection waits for a reply.
    answer: Duration,
}

impl RenewalThread {
    fn run(&mut self) {
        let renewals = Arc::clone(&self.renewals);
        while let Some(mut batch) = renewals.wait_for_batch() {
            let Err(fault) = self.renew(&mut batch) else { continue };
            self.connection = None;
            let why = fault.error().to_string();
            for lease in &batch.leases {
                renewals.note_failure(lease, unreachable(&why));
            }
        }
    }

    /// Renews the leases of the batch, in one round trip if the server has the library, and removes from the batch those
    /// that have a reply. If it returns an error, the caller notes a failure for each lease that is left in the batch.
    fn renew(&mut self, batch: &mut RenewalBatch) -> Result<(), ServerFault> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => {
                self.answer = batch.answer;
                none.insert(self.renewals.connector.connect(batch.answer)?.0)
            }
        };
        if self.answer != batch.answer {
            connection.limit(batch.answer).map_err(|error| ServerFault::of(&error))?;
            self.answer = batch.answer;
        }
        self.renewals.exchange(connection, batch, SessionLease::request)?;
        if batch.leases.is_empty() {
            return Ok(());
        }
        match load(connection) {
            // The server may have no memory for the library.
            Err(ServerFault::Final(_)) => self.renewals.exchange(connection, batch, SessionLease::request_with_script),
            // The leases that are left are still due, so the next batch has them.
            loaded => loaded,
        }
    }
}
