//! One session in a store, and how a session begins. Its requests are in `ask`.

use super::channel::Channel;
use super::connection::Connection;
use super::endpoint::Endpoint;
use super::fault::{self, ServerFault};
use super::held::Holds;
use super::keys::Keys;
use super::pool::Connections;
use super::posted::StorePosts;
use super::renew::SessionLease;
use super::server::Server;
use super::text::{hex, millis, words};
use super::waiting::{self, Listener};
use super::{answer, call, request, script};
use crate::backend::{Backend, Liveness, Persistence, Settings};
use crate::error::{Holder, Result};
use crate::id::{Nonce, StoreId};
use crate::sync::{Arc, Mutex};

/// The number of the layout of a store's keys, as `docs/layout.md` describes it.
pub(super) const LAYOUT: &str = "4";

/// Opens a session in the store at the address `server`.
pub(crate) fn open(server: &Server, settings: Settings) -> Result<Arc<dyn Backend>> {
    Ok(Arc::new(RedisSession::open(server, settings)?))
}

/// One session in a store. Its drop closes it, in the process that opened it.
pub(super) struct RedisSession {
    pub(super) id: StoreId,
    /// The process that opened the session. A forked child has a copy of this struct, and another number.
    pub(super) pid: u32,
    pub(super) session: String,
    pub(super) keys: Keys,
    pub(super) settings: Settings,
    pub(super) persistence: Persistence,
    pub(super) liveness: Arc<Liveness>,
    /// Lock order: `channel`, then `holds`.
    pub(super) channel: Arc<Mutex<Channel>>,
    pub(super) holds: Mutex<Holds>,
    pub(super) listener: Arc<Listener>,
    pub(super) posts: Arc<StorePosts>,
    pub(super) connections: Connections,
    pub(super) endpoint: Arc<Endpoint>,
}

impl RedisSession {
    pub(super) fn open(server: &Server, settings: Settings) -> Result<Self> {
        let timeout = settings.server_timeout;
        let endpoint = Endpoint::start(server, timeout / 2)?;
        let connections = endpoint.connections(timeout / 2);
        let (mut connection, status) = connections.take_checked().map_err(ServerFault::error)?;
        let keys = Keys::of(&server.store);
        let listener = waiting::listener(server, keys.prefix().to_owned(), timeout / 2)?;
        let (id, session) = begin(&mut connection, &keys, &settings)?;
        if settings.replicas > 0 {
            // A user without the right to `WAIT` is told at `open`, and not at the first commit.
            call::replicas_with_all(&mut connection, &keys.replicated(), 0, timeout).map_err(ServerFault::error)?;
        }
        connections.give_back(connection);
        let closing = request::closing(&keys, &session, "lost");
        let opened = Self {
            id,
            pid: std::process::id(),
            session,
            keys,
            settings,
            persistence: status.persistence,
            liveness: Arc::default(),
            channel: Arc::new(Mutex::new(Channel::new(connections.clone(), timeout, closing))),
            holds: Mutex::default(),
            listener,
            posts: StorePosts::of(id),
            connections,
            endpoint,
        };
        // After a failure, the drop of `opened` closes the session.
        opened.endpoint.renewals.add(opened.lease(), timeout)?;
        Ok(opened)
    }

    fn lease(&self) -> SessionLease {
        SessionLease {
            session: self.session.clone(),
            keys: self.keys.clone(),
            time: self.settings.session_timeout,
            answer: self.connections.answer,
            liveness: Arc::clone(&self.liveness),
        }
    }

    /// Returns whether this process opened the session; a fork of that process did not.
    pub(super) fn is_opener(&self) -> bool {
        self.pid == std::process::id()
    }
}

/// Begins a session in the server. Returns the store's number and the session's name.
fn begin(connection: &mut Connection, keys: &Keys, settings: &Settings) -> Result<(StoreId, String)> {
    let random = hex(&Nonce::random()?.0[..8]);
    let begin = [keys.id(), keys.sessions(), keys.names(), keys.clock()];
    let lease = millis(settings.session_timeout).to_string();
    let fresh = if settings.must_exist { String::new() } else { StoreId::random()?.0.to_string() };
    let args = [&random, &lease, &name_of_this_process(), &fresh, LAYOUT].map(|arg| arg.as_bytes().to_vec());
    let said = call::run(connection, &script::BEGIN, &begin, &args).map_err(ServerFault::error)?;
    let mut said = words(said).into_iter();
    if settings.must_exist && said.len() == 0 {
        return Err(fault::removed());
    }
    let layout = said.next().ok_or_else(answer::not_a_store)?;
    if layout != LAYOUT {
        return Err(answer::another_layout(&layout, LAYOUT));
    }
    let id = said.next().and_then(|id| id.parse().ok()).ok_or_else(answer::not_a_store)?;
    Ok((StoreId(id), said.next().ok_or_else(answer::not_a_store)?))
}

/// Returns `pid TAB program TAB host`, as the server keeps it for error messages of other processes.
fn name_of_this_process() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    let program = path.file_name().map(std::ffi::OsStr::to_string_lossy).unwrap_or_default();
    let clean = |text: &str| text.replace(['\t', '\n'], " ");
    format!("{}\t{}\t{}", std::process::id(), clean(&program), clean(&Holder::this_host()))
}
