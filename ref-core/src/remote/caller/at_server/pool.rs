//! The transport to a pool at a server.

use super::session::CallerSession;
use super::threads;
use crate::backend::calls::CallServer;
use crate::backend::forked;
use crate::error::{Error, Result};
use crate::remote::caller::job::{Job, JobResult};
use crate::remote::caller::transport::{Transport, closed};
use crate::remote::caller::workers::stats::{Traffic, WorkerStats};
use crate::remote::protocol::build::Build;
use crate::remote::worker::registry;
use crate::sync::{Arc, Mutex, lock};
use std::thread;

/// A pool at a server, and this process as a caller in it.
pub(super) struct ServerPool {
    server: Arc<dyn CallServer>,
    build: Build,
    traffic: Arc<Traffic>,
    current: Mutex<CurrentSession>,
    /// Held while a session is begun.
    beginning: Mutex<()>,
    /// The number of the process that has opened the pool. A fork of that process must not use its connections.
    pid: u32,
}

struct CurrentSession {
    /// A session that is lost is replaced by the next call.
    session: Arc<CallerSession>,
    /// Whether no more calls are sent.
    is_closed: bool,
}

impl ServerPool {
    pub(super) fn open(server: Arc<dyn CallServer>) -> Result<Self> {
        let (build, traffic) = (Build::of(registry::keys()?)?, Arc::<Traffic>::default());
        let (session, workers) = CallerSession::begin(&server, &build, &traffic)?;
        if let Some(other) = workers.other {
            session.end();
            return Err(build.other(&other));
        }
        threads::start(&session)?;
        let current = Mutex::new(CurrentSession { session, is_closed: false });
        Ok(Self { server, build, traffic, current, beginning: Mutex::default(), pid: std::process::id() })
    }

    /// Returns the session, or begins another if it is lost.
    fn live_session(&self) -> Result<Arc<CallerSession>> {
        let is_live = |session: &Arc<CallerSession>| !session.is_over();
        if let Some(session) = Some(self.open_session()?).filter(is_live) {
            return Ok(session);
        }
        let _beginning = lock(&self.beginning);
        // Another thread may have begun one meanwhile.
        if let Some(session) = Some(self.open_session()?).filter(is_live) {
            return Ok(session);
        }
        let (fresh, _) = CallerSession::begin(&self.server, &self.build, &self.traffic)?;
        threads::start(&fresh)?;
        let mut current = lock(&self.current);
        if current.is_closed {
            drop(current);
            fresh.end();
            return Err(closed());
        }
        current.session = Arc::clone(&fresh);
        Ok(fresh)
    }

    /// Returns the session, which may be over, unless the pool is closed.
    fn open_session(&self) -> Result<Arc<CallerSession>> {
        let current = lock(&self.current);
        if current.is_closed { Err(closed()) } else { Ok(Arc::clone(&current.session)) }
    }

    /// Returns the session, which may be over.
    fn session(&self) -> Arc<CallerSession> {
        Arc::clone(&lock(&self.current).session)
    }
}

impl Transport for ServerPool {
    fn count(&self) -> usize {
        if self.is_forked() {
            return 0;
        }
        let session = self.session();
        session.count().map_or_else(|_| session.workers(), |counts| counts.workers)
    }

    fn served_ahead(&self) -> usize {
        if self.is_forked() { 1 } else { self.session().workers().max(1) }
    }

    fn is_forked(&self) -> bool {
        self.pid != std::process::id()
    }

    fn idle(&self) -> Vec<u32> {
        Vec::new()
    }

    fn stats(&self) -> WorkerStats {
        if self.is_forked() {
            return WorkerStats::default();
        }
        let counts = self.session().count().unwrap_or_default();
        let idle = counts.workers.saturating_sub(counts.busy);
        let of_pool = WorkerStats { queued: counts.queued, idle, ..WorkerStats::default() };
        WorkerStats { running: counts.running, ..self.traffic.add_to(of_pool) }
    }

    fn reaches_other_hosts(&self) -> bool {
        true
    }

    fn run(self: Arc<Self>, job: &Arc<Job>) -> JobResult {
        if self.is_forked() {
            return Err(forked());
        }
        loop {
            match self.live_session().map(|session| session.run(job)) {
                Ok(Ok(())) => return job.take(),
                // The session has ended meanwhile.
                Ok(Err(_unsent)) => {}
                Err(error) => {
                    let _not_sent = job.finish(Err(error));
                    return job.take();
                }
            }
        }
    }

    fn submit(self: Arc<Self>, mut job: Arc<Job>) {
        loop {
            match self.live_session() {
                Ok(session) => match session.submit(job) {
                    Ok(()) => return,
                    // The session has ended meanwhile.
                    Err(unsent) => job = unsent,
                },
                Err(error) => {
                    let _not_sent = job.finish(Err(error));
                    return;
                }
            }
        }
    }

    fn submit_later(self: Arc<Self>, job: Arc<Job>) {
        let refused = match self.open_session().map(|session| session.submit_later(Arc::clone(&job))) {
            Ok(Ok(())) => return,
            // A thread begins another session, and waits for the server.
            Ok(Err(unsent)) => {
                let begin = thread::Builder::new().name("ref-session".to_owned()).spawn(move || self.submit(unsent));
                begin.map_err(|error| Error::io("cannot start a thread for a pool of workers", error)).map(drop)
            }
            Err(closed) => Err(closed),
        };
        if let Err(error) = refused {
            let _not_sent = job.finish(Err(error));
        }
    }

    /// Waits until the calls are over, and leaves the pool.
    fn close(&self) {
        if !self.is_forked() {
            let session = {
                let mut current = lock(&self.current);
                current.is_closed = true;
                Arc::clone(&current.session)
            };
            session.close();
        }
    }
}
