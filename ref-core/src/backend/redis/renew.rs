//! The leases of a process's sessions at one server, and the thread that renews them.
//!
//! A server cannot see a process die. So a session is alive while its lease is renewed in time, and dead for ever once
//! it was not. The thread does nothing else, and depends on nothing but its own connection: no lock that is held during
//! a request, and no request that may take long. The connection is made before the first session begins. `open` returns
//! a session when its first renewal has succeeded: a server that has no room for another connection, after the present
//! one broke, refuses the session at `open`.

use super::background::Background;
use super::call::{load, packed, received};
use super::connect::Connector;
use super::fault::{ServerFault, unreachable};
use super::keys::Keys;
use super::script;
use super::text::{millis, words};
use crate::backend::{Liveness, session_over};
use crate::error::{Error, Result};
use crate::event;
use crate::sync::{Arc, Condvar, Instant, Mutex, MutexGuard, PoisonError, deadline, lock};
use redis::Connection;
use std::collections::VecDeque;
use std::time::Duration;

/// The leases that one thread renews.
pub(super) struct Renewals {
    connector: Connector,
    /// Gets the stores that have something to recover.
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
    /// How long other requests of the session wait for a reply.
    pub(super) answer: Duration,
    pub(super) liveness: Arc<Liveness>,
}

/// A lease, and when it is renewed.
struct DueLease {
    lease: Arc<SessionLease>,
    due: Instant,
    /// Whether it was renewed once.
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
    /// Returns how long a renewal waits for its reply. A renewal whose reply was lost is repeated while the lease lasts.
    fn patience(&self) -> Duration {
        self.answer.min(self.time / 3)
    }

    fn request(&self) -> Vec<u8> {
        let keys = [self.keys.sessions(), self.keys.dead(), self.keys.clock(), self.keys.deadlines()];
        let args = [self.session.clone().into_bytes(), millis(self.time).to_string().into_bytes()];
        packed(&script::RENEW, &keys, &args)
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
        let mut running = RenewalThread { renewals: Arc::clone(self), connection: Some(connection) };
        let thread = std::thread::Builder::new().name("ref-redis".to_owned());
        let started = thread.spawn(move || running.run());
        started.map(|_| ()).map_err(|error| Error::io("the thread that renews sessions cannot start", error))
    }

    /// Ends the thread.
    pub(super) fn stop(&self) {
        lock(&self.state).stop = true;
        self.changed.notify_all();
    }

    /// Has a lease renewed from now on. Returns when it was renewed once.
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

    /// Has the lease of `session` renewed no more.
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

    /// Notes the reply to a renewal. The lease of a session that was closed meanwhile is not known any more.
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

    /// Notes that a renewal failed.
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
    /// Returns the leases that are due, or will be a little later: so those of a process come to be renewed together.
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

    /// Renews some leases in one round trip. Leaves those in the batch that have no reply.
    fn renew(&mut self, batch: &mut RenewalBatch) -> Result<(), ServerFault> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.renewals.connector.connect(batch.answer)?.0),
        };
        Connector::limit(connection, batch.answer)?;
        let requests: Vec<u8> = batch.leases.iter().flat_map(|lease| lease.request()).collect();
        connection.send_packed_command(&requests).map_err(|error| ServerFault::of(&error))?;
        let mut unknown = VecDeque::new();
        while let Some(lease) = batch.leases.front() {
            match received(connection) {
                Ok(said) => self.renewals.note(lease, &words(said)),
                Err(ServerFault::NoScript) => unknown.push_back(Arc::clone(lease)),
                Err(fault @ ServerFault::Broken(_)) => {
                    batch.leases.extend(unknown);
                    return Err(fault);
                }
                Err(fault) => self.renewals.note_failure(lease, fault.error()),
            }
            batch.leases.pop_front();
        }
        // These are still due, and come again at once.
        batch.leases = unknown;
        if batch.leases.is_empty() { Ok(()) } else { load(connection) }
    }
}
