//! The endpoint: what the sessions of a process with one server share. It is the renewal thread, the background thread
//! and the pool of connections. It begins with the first of these sessions, and ends with the last.

use super::background::Background;
use super::connect::Connector;
use super::pool::{Connections, Pool};
use super::renew::Renewals;
use super::server::Server;
use crate::error::Result;
use crate::sync::{Arc, Mutex, Weak, lock};
use std::time::Duration;

/// The endpoints of this process. There is one for each server, user, password and database.
static ENDPOINTS: Mutex<ProcessEndpoints> = Mutex::new(ProcessEndpoints { pid: 0, endpoints: Vec::new() });

struct ProcessEndpoints {
    /// The process of these endpoints. A forked child has copies of its parent's connections, and must not use them.
    pid: u32,
    endpoints: Vec<Weak<Endpoint>>,
}

/// What the sessions of this process with one server share.
pub(super) struct Endpoint {
    server: Server,
    pid: u32,
    pool: Arc<Pool>,
    pub(super) renewals: Arc<Renewals>,
    pub(super) background: Arc<Background>,
    started: Mutex<StartedThreads>,
}

#[derive(Default)]
struct StartedThreads {
    renewals: bool,
    background: bool,
}

impl Endpoint {
    /// Returns the endpoint for that server, and starts its threads if they do not run.
    ///
    /// The lock on all endpoints is not held while this endpoint connects: a server that stands still does not delay
    /// the sessions with other servers.
    pub(super) fn start(server: &Server, answer: Duration) -> Result<Arc<Self>> {
        let endpoint = Self::of(server)?;
        let mut started = lock(&endpoint.started);
        if !started.background {
            endpoint.background.start(&endpoint.pool)?;
            started.background = true;
        }
        if !started.renewals {
            endpoint.renewals.start(answer)?;
            started.renewals = true;
        }
        drop(started);
        Ok(endpoint)
    }

    fn of(server: &Server) -> Result<Arc<Self>> {
        let pid = std::process::id();
        let mut known = lock(&ENDPOINTS);
        if known.pid != pid {
            *known = ProcessEndpoints { pid, endpoints: Vec::new() };
        }
        known.endpoints.retain(|endpoint| endpoint.strong_count() > 0);
        let present = known.endpoints.iter().filter_map(Weak::upgrade).find(|known| known.server.is_same(server));
        if let Some(endpoint) = present {
            return Ok(endpoint);
        }
        let background = Background::new();
        let endpoint = Arc::new(Self {
            server: server.clone(),
            pid,
            pool: Pool::new(Connector::new(server)?),
            renewals: Renewals::new(Connector::new(server)?, &background),
            background,
            started: Mutex::default(),
        });
        known.endpoints.push(Arc::downgrade(&endpoint));
        Ok(endpoint)
    }

    /// Returns the pool, for a session that waits for `answer` for each reply.
    pub(super) fn connections(&self, answer: Duration) -> Connections {
        Connections::new(&self.pool, answer)
    }
}

impl Drop for Endpoint {
    /// Ends the threads, unless this is a forked child. Each thread closes its connection when it ends. The pool closes
    /// its connections when neither a session nor the background thread uses it any more.
    fn drop(&mut self) {
        if self.pid == std::process::id() {
            self.renewals.stop();
            self.background.stop();
        }
    }
}
