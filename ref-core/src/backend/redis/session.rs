//! One session in a store, and how a session begins. Its requests are in `ask`.

use super::channel::Channel;
use super::connect::Connector;
use super::fault::{self, ServerFault};
use super::held::Holds;
use super::keys::Keys;
use super::payload::BulkConnection;
use super::reap::Reaper;
use super::renew::{Renewal, RenewalSignal};
use super::server::Server;
use super::text::{hex, millis, words};
use super::{answer, call, request, script};
use crate::backend::{Backend, Persistence, Settings};
use crate::error::{Holder, Result};
use crate::id::{Nonce, StoreId};
use crate::sync::{Arc, Mutex};

/// Opens a session in the store at that address.
pub(crate) fn open(server: &Server, settings: Settings) -> Result<Arc<dyn Backend>> {
    Ok(Arc::new(RedisSession::open(server, settings)?))
}

/// One session in a store. Its drop closes it.
pub(super) struct RedisSession {
    pub(super) id: StoreId,
    /// The process that opened the session. A forked child has a copy of this struct, and another number.
    pub(super) pid: u32,
    pub(super) session: String,
    pub(super) keys: Keys,
    pub(super) settings: Settings,
    pub(super) persistence: Persistence,
    /// Lock order: `channel`, then `holds`.
    pub(super) channel: Arc<Mutex<Channel>>,
    pub(super) holds: Mutex<Holds>,
    pub(super) bulk: BulkConnection,
    pub(super) signal: Arc<RenewalSignal>,
}

impl RedisSession {
    pub(super) fn open(server: &Server, settings: Settings) -> Result<Self> {
        let connector = || Connector::new(server, settings.server_timeout / 2);
        let (mut connection, status) = connector()?.connect().map_err(ServerFault::error)?;
        let (keys, random) = (Keys::of(&server.store), hex(&Nonce::random()?.0));
        let begin = [keys.id(), keys.sessions(), keys.names(), keys.clock()];
        let lease = millis(settings.session_timeout).to_string();
        let fresh = if settings.must_exist { String::new() } else { StoreId::random()?.0.to_string() };
        let args = [&random, &lease, &name_of_this_process(), &fresh].map(|arg| arg.clone().into_bytes());
        let said = call::run(&mut connection, &script::BEGIN, &begin, &args).map_err(ServerFault::error)?;
        let mut said = words(said).into_iter();
        if settings.must_exist && said.len() == 0 {
            return Err(fault::removed());
        }
        let id = said.next().and_then(|id| id.parse().ok()).ok_or_else(answer::not_a_store)?;
        let session = said.next().ok_or_else(answer::not_a_store)?;
        Reaper::new(&keys).recover_some(&mut connection).map_err(ServerFault::error)?;
        let channel = Arc::new(Mutex::new(Channel::new(
            connector()?,
            connection,
            settings.server_timeout,
            request::closing(&keys, &session, "lost"),
        )));
        let signal = RenewalSignal::new();
        let renewal = Renewal {
            connector: connector()?,
            keys: keys.clone(),
            session: session.clone(),
            lease: settings.session_timeout,
            channel: Arc::downgrade(&channel),
            signal: Arc::clone(&signal),
        };
        renewal.start()?;
        Ok(Self {
            id: StoreId(id),
            pid: std::process::id(),
            session,
            keys,
            settings,
            persistence: status.persistence,
            channel,
            holds: Mutex::default(),
            bulk: BulkConnection::new(connector()?, settings.server_timeout),
            signal,
        })
    }

    /// Returns whether this process opened the session; a fork of that process did not.
    pub(super) fn is_opener(&self) -> bool {
        self.pid == std::process::id()
    }
}

/// Returns `pid TAB program TAB host`, as the server keeps it for error messages of other processes.
fn name_of_this_process() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    let program = path.file_name().map(std::ffi::OsStr::to_string_lossy).unwrap_or_default();
    let clean = |text: &str| text.replace(['\t', '\n'], " ");
    format!("{}\t{}\t{}", std::process::id(), clean(&program), clean(&Holder::this_host()))
}
