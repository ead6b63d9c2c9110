//! `redis://`: a store for many hosts, in a Redis server.
//!
//! The server runs each command of the ledger as one script, on the state that it keeps of the object; `scripts/` has
//! them, and [`step`](crate::ledger::step) is what they are held to. A server cannot see a process die, so a session
//! has to renew its lease: borrows are leases here.
//!
//! * `scripts/`: the rules, and what else happens in the server
//! * `ask`, `answer`: what a session asks, and what that means
//! * `channel`, `call`: requests, each obeyed exactly once; `late`: answers that came too late
//! * `posted`: what a process has sent without waiting
//! * `session`: the lease of a session, and the thread that renews it
//! * `reap`: what becomes of what the dead held
//! * `payload`, `held`: bytes of versions, and who has which
//! * `connect`, `fault`: what a server must be, and what it can refuse
//! * `request`, `reply`, `keys`: how it is said

mod answer;
mod ask;
mod call;
mod channel;
mod connect;
mod fault;
mod held;
mod keys;
mod late;
mod payload;
mod posted;
mod reap;
mod reply;
mod request;
mod script;
mod server;
mod session;
#[cfg(test)]
pub(super) mod tests;
#[cfg(feature = "redis-tls")]
mod tls;
#[cfg(not(feature = "redis-tls"))]
mod without_tls;

pub(super) use server::Server;
#[cfg(feature = "redis-tls")]
use tls::client;
#[cfg(not(feature = "redis-tls"))]
use without_tls::client;

use super::{Backend, Bytes, Hold, Persistence, Place, Settings, Stats, Vital, Watch, forked, refuse};
use crate::error::Holder;
use crate::id::{Epoch, Nonce, ObjectId, StoreId};
use crate::ledger::{Command, Refusal, Reply};
use crate::sync::{Arc, Instant, Mutex, lock};
use crate::{ErrorKind, Result};
use channel::Channel;
use connect::Link;
use fault::Fault;
use held::Holds;
use keys::Keys;
use payload::Courier;
use reap::Reaper;
use reply::Granted;
use session::{Heart, Pulse, words};
use std::time::Duration;

/// Opens a session in the store of that address.
pub(crate) fn open(server: &Server, settings: Settings) -> Result<Arc<dyn Backend>> {
    Ok(Arc::new(Attached::open(server, settings)?))
}

/// One session in a store. Dropping it ends it in good order.
pub(super) struct Attached {
    id: StoreId,
    /// Whose memory it is in.
    pid: u32,
    session: String,
    keys: Keys,
    settings: Settings,
    persistence: Persistence,
    /// Locked before `holds`.
    channel: Arc<Mutex<Channel>>,
    holds: Mutex<Holds>,
    courier: Courier,
    pulse: Arc<Pulse>,
}

impl Attached {
    fn open(server: &Server, settings: Settings) -> Result<Self> {
        let link = || Link::new(server, settings.patience / 2);
        let (mut connection, condition) = link()?.connect().map_err(Fault::error)?;
        let (keys, random) = (Keys::of(&server.store), hex(&Nonce::random()?.0));
        let begin = [keys.id(), keys.sessions(), keys.names(), keys.clock()];
        let lease = millis(settings.lease).to_string();
        let fresh = if settings.must_exist { String::new() } else { StoreId::random()?.0.to_string() };
        let args = [&random, &lease, &name_of_this_process(), &fresh].map(|arg| arg.clone().into_bytes());
        let said = call::run(&mut connection, &script::BEGIN, &begin, &args).map_err(Fault::error)?;
        let mut said = words(said).into_iter();
        if settings.must_exist && said.len() == 0 {
            return Err(fault::removed());
        }
        let id = said.next().and_then(|id| id.parse().ok()).ok_or_else(answer::not_a_store)?;
        let session = said.next().ok_or_else(answer::not_a_store)?;
        Reaper::new(&keys).some(&mut connection).map_err(Fault::error)?;
        let channel = Arc::new(Mutex::new(Channel::new(
            link()?,
            connection,
            settings.patience,
            farewell(&keys, &session, "lost"),
        )));
        let pulse = Pulse::new();
        let heart = Heart {
            link: link()?,
            keys: keys.clone(),
            session: session.clone(),
            lease: settings.lease,
            channel: Arc::downgrade(&channel),
            pulse: Arc::clone(&pulse),
        };
        heart.start()?;
        Ok(Self {
            id: StoreId(id),
            pid: std::process::id(),
            session,
            keys,
            settings,
            persistence: condition.persistence,
            channel,
            holds: Mutex::default(),
            courier: Courier::new(link()?, settings.patience),
            pulse,
        })
    }
}

impl Backend for Attached {
    fn id(&self) -> StoreId {
        self.id
    }

    fn put(&self, bytes: &[u8], at: Place) -> Result<(ObjectId, Epoch)> {
        if !self.is_home() {
            return Err(forked());
        }
        let random = Nonce::random()?.0;
        let (index, birth) = random.split_at(4);
        let index = index.try_into().map(u32::from_le_bytes).unwrap_or_default();
        let birth = birth.iter().take(8).fold(0, |birth, byte| birth << 8 | u64::from(*byte));
        let object = ObjectId { index, birth };
        match self.request(object, Command::Put, Some(bytes), at)? {
            Granted::Version(version) => Ok((object, version.epoch)),
            _ => Err(answer::not_a_store()),
        }
    }

    fn apply(&self, object: ObjectId, command: Command, bytes: &[u8], at: Place) -> Result<Reply> {
        if matches!(command, Command::Return | Command::Unshare) {
            return self.give_back(object, command, at, true).map(|()| Reply::Done);
        }
        let writes = matches!(command, Command::Commit { .. } | Command::OwnerCommit { .. });
        match self.request(object, command, writes.then_some(bytes), at) {
            Ok(granted) => granted.reply().ok_or_else(answer::not_a_store),
            // Whoever is dead holds nothing that could be given back, and has nothing to write.
            Err(error) if error.kind() == ErrorKind::SessionLost && matches!(command, Command::Abort { .. }) => {
                Ok(Reply::Done)
            }
            Err(error) if error.kind() == ErrorKind::SessionLost && matches!(command, Command::Commit { .. }) => {
                Err(refuse(object, command, Refusal::Fenced, Vec::new()).with_source(error))
            }
            Err(error) => Err(error),
        }
    }

    fn let_go(&self, object: ObjectId, command: Command, at: Place) -> Result<()> {
        match command {
            _ if !self.is_home() => Ok(()),
            Command::Return | Command::Unshare => self.give_back(object, command, at, false),
            Command::Abort { token } => {
                let mut channel = self.own_channel()?;
                lock(&self.holds).stop_writing(object, token);
                channel.post(self.asking(object, "", at).call(command, None));
                posted::note(&self.channel);
                self.pulse.posted();
                Ok(())
            }
            _ => self.apply(object, command, &[], at).map(|_| ()),
        }
    }

    fn read(&self, object: ObjectId, version: Epoch) -> Result<Bytes> {
        if !self.is_home() {
            return Err(forked());
        }
        let known = lock(&self.holds).version(object, version).cloned();
        if let Some(known) = &known
            && (known.bytes.is_some() || known.length > payload::RIDES_ALONG)
        {
            return self.fetch(object, known).map(Bytes::Shared);
        }
        if let Some(bytes) = known.and_then(|known| payload::cached(self.id, object, &known)) {
            return Ok(Bytes::Shared(bytes));
        }
        let current = self.look(object, "")?.version;
        if current.epoch != version {
            return Err(answer::gone(object));
        }
        if let Some(bytes) = &current.bytes {
            payload::keep(self.id, object, &current.name, bytes);
        }
        self.fetch(object, &current).map(Bytes::Shared)
    }

    fn current(&self, object: ObjectId) -> Result<Epoch> {
        let look = self.look(object, &self.session)?;
        if look.live { Ok(look.version.epoch) } else { Err(answer::gone(object)) }
    }

    fn watch(&self, object: ObjectId) -> Watch {
        Watch(self.changes(object).unwrap_or(0))
    }

    fn wait(&self, object: ObjectId, watch: Watch, slice: Duration) {
        let until = Instant::now() + slice;
        let mut pause = Duration::from_micros(200);
        while self.changes(object).is_ok_and(|changes| changes == watch.0) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(pause.min(left));
            pause = (pause * 3 / 2).min(Duration::from_millis(20));
        }
        // Who cannot look must not look without end.
        if self.changes(object).is_err() {
            std::thread::sleep(until.saturating_duration_since(Instant::now()));
        }
    }

    fn hold(&self, object: ObjectId) -> Result<Option<Hold>> {
        match self.look(object, &self.session) {
            Ok(look) => Ok(held::hold(&look.hold)),
            Err(error) if matches!(error.kind(), ErrorKind::Gone | ErrorKind::SessionLost) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn is_offered(&self, object: ObjectId) -> Result<bool> {
        match self.look(object, &self.session) {
            Ok(look) => Ok(look.loan == 'o'),
            Err(error) if error.kind() == ErrorKind::Gone => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn stats(&self) -> Result<Stats> {
        let (objects, sessions) = self.aside(|connection| {
            let said = |command: &redis::Cmd, connection: &mut redis::Connection| {
                command.query::<redis::Value>(connection).map_err(|error| Fault::of(&error))
            };
            let objects = words(said(redis::cmd("SMEMBERS").arg(self.keys.objects()), connection)?);
            match said(redis::cmd("ZCARD").arg(self.keys.sessions()), connection)? {
                redis::Value::Int(sessions) => Ok((objects, sessions)),
                _ => Ok((objects, 0)),
            }
        })?;
        let mut stats =
            Stats { sessions: sessions.unsigned_abs(), persistence: Some(self.persistence), ..Stats::default() };
        for object in objects.iter().filter_map(|object| keys::object(object)) {
            match self.look(object, "") {
                Ok(look) => look.count_in(&mut stats),
                Err(error) if error.kind() == ErrorKind::Gone => {}
                Err(error) => return Err(error),
            }
        }
        Ok(stats)
    }

    fn died(&self, object: ObjectId) -> Option<Holder> {
        self.look(object, "").ok()?.died
    }

    fn reap(&self) -> Result<usize> {
        self.aside(|connection| Reaper::new(&self.keys).all(connection))
    }

    fn is_home(&self) -> bool {
        self.pid == std::process::id()
    }

    fn vital(&self) -> Option<Arc<Vital>> {
        Some(Arc::clone(&self.pulse.vital))
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        if !self.is_home() {
            return; // a fork's copy: the session is its parent's, and closing a copied socket says nothing
        }
        self.pulse.stop();
        posted::forget(&self.channel);
        if let Err(error) = self.end() {
            crate::event::not_given_back("a session", &error);
        }
    }
}

/// What ends a session, in this manner.
fn farewell(keys: &Keys, session: &str, how: &str) -> channel::Farewell {
    ([keys.sessions(), keys.dead()], [session, how].map(|arg| arg.as_bytes().to_vec()))
}

/// `pid TAB program TAB host`.
fn name_of_this_process() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    let program = path.file_name().map(std::ffi::OsStr::to_string_lossy).unwrap_or_default();
    let clean = |text: &str| text.replace(['\t', '\n'], " ");
    format!("{}\t{}\t{}", std::process::id(), clean(&program), clean(&Holder::this_host()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Milliseconds, begun ones too: what is asked for is not rounded down.
fn millis(time: Duration) -> u128 {
    time.as_nanos().div_ceil(1_000_000)
}
