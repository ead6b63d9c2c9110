//! `redis://`: a store for many hosts, in a Redis server.
//!
//! The server runs each command of the ledger as one script, on the state that it keeps of the object; `scripts/` has
//! them, and [`step`](crate::ledger::step) is what they are held to. A server cannot see a process die, so a session
//! has to renew its lease: borrows are leases here.
//!
//! * `scripts/`: the rules, and what else happens in the server
//! * `channel`: requests, each obeyed exactly once
//! * `posted`: what a process has sent without waiting
//! * `session`: the lease of a session, and the thread that renews it
//! * `reap`: what becomes of what the dead held
//! * `payload`, `held`: bytes of versions, and who has which
//! * `connect`, `fault`: what a server must be, and what it can refuse
//! * `request`, `reply`, `keys`: how it is said

mod channel;
mod connect;
mod fault;
mod held;
mod keys;
mod payload;
mod posted;
mod reap;
mod reply;
mod request;
mod script;
mod session;
#[cfg(test)]
pub(super) mod tests;

use super::server::Server;
use super::{Backend, Bytes, Hold, Persistence, Place, Settings, Stats, Vital, Watch, forked, refuse, session_over};
use crate::error::{Held, Holder};
use crate::id::{Epoch, Nonce, ObjectId, StoreId};
use crate::ledger::{Command, Refusal, Reply};
use crate::sync::{Arc, Instant, Mutex, MutexGuard, lock};
use crate::{Error, ErrorKind, Result};
use channel::{Channel, Told};
use connect::Link;
use fault::Fault;
use held::Holds;
use keys::Keys;
use payload::Courier;
use reap::Reaper;
use reply::{Answer, Granted, Look, Version};
use request::{Asking, Written};
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

/// How often a version is staged anew before its writer is told.
const STAGINGS: usize = 3;
/// What a staged version waits for its commit, at least.
const STAGED: Duration = Duration::from_secs(60);

impl Attached {
    fn open(server: &Server, settings: Settings) -> Result<Self> {
        let link = || Link::new(server, settings.patience / 2);
        let (mut connection, condition) = link()?.connect().map_err(Fault::error)?;
        let (keys, session) = (Keys::of(&server.store), hex(&Nonce::random()?.0));
        let begin = [keys.id(), keys.sessions(), keys.names(), keys.clock()];
        let lease = settings.lease.as_millis().to_string();
        let fresh = Nonce::random()?.right().0.to_string();
        let args = [&session, &lease, &name_of_this_process(), &fresh].map(|arg| arg.clone().into_bytes());
        let said = channel::run(&mut connection, &script::BEGIN, &begin, &args).map_err(Fault::error)?;
        let id = words(said).first().and_then(|id| id.parse().ok()).ok_or_else(not_a_store)?;
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

    /// The channel, unless this is a fork's copy.
    fn own_channel(&self) -> Result<MutexGuard<'_, Channel>> {
        if self.is_home() { Ok(lock(&self.channel)) } else { Err(forked()) }
    }

    fn asking<'a>(&'a self, object: ObjectId, known: &'a str, at: Place) -> Asking<'a> {
        Asking {
            keys: &self.keys,
            session: &self.session,
            object,
            place: place(at),
            known,
            names: lock(&self.holds).names(object).map(|version| version.name.clone()).collect(),
            orphans: self.settings.orphans,
            transit: self.settings.transit,
        }
    }

    /// Asks the ledger, with a new version where there is one.
    fn request(&self, object: ObjectId, command: Command, bytes: Option<&[u8]>, at: Place) -> Result<Granted> {
        if !self.is_home() {
            return Err(forked());
        }
        posted::settle_others(&self.channel);
        let known = payload::known(self.id, object);
        let has = known.as_ref().map_or("", |(name, _)| name);
        for _ in 0..STAGINGS {
            let written = bytes.map(|bytes| self.write(object, bytes)).transpose()?;
            let asking = self.asking(object, has, at);
            let mut channel = self.own_channel()?;
            match self.told(channel.call(asking.call(command, written)))? {
                Told::Ok(mut granted) => {
                    if let (Some(version), Some((name, bytes))) = (granted.version_mut(), &known) {
                        version.bytes = version.bytes.take().or((version.name == *name).then(|| Arc::clone(bytes)));
                    }
                    self.note(object, command, &granted);
                    return Ok(granted);
                }
                Told::No(refused) => {
                    self.note_refusal(object, command);
                    return Err(in_words(object, command, refused));
                }
                Told::Unstaged => {}
            }
        }
        Err(fault::unreachable("a new version does not stay there until it is committed"))
    }

    /// A new version on its way: in parts ahead of its commit where it is large.
    fn write<'a>(&self, object: ObjectId, bytes: &'a [u8]) -> Result<Written<'a>> {
        payload::check(bytes.len())?;
        let name = hex(&Nonce::random()?.0[..12]);
        let digest = crc32fast::hash(bytes).to_string();
        let length = bytes.len();
        if length <= payload::PART {
            return Ok(Written { name, length, digest, bytes: Some(bytes) });
        }
        let key = format!("{}{name}", self.keys.large(&keys::name(object)));
        self.courier.stage(&key, bytes, STAGED.max(self.settings.lease * 10))?;
        Ok(Written { name, length, digest, bytes: None })
    }

    /// Whoever learns that the session is over tells the others.
    fn told<T>(&self, told: Result<T>) -> Result<T> {
        if told.as_ref().is_err_and(|error| error.kind() == ErrorKind::SessionLost) {
            self.pulse.vital.end();
        }
        told
    }

    /// What a granted command means for what this session holds. The channel is locked, so this is in the ledger's order.
    fn note(&self, object: ObjectId, command: Command, granted: &Granted) {
        let mut holds = lock(&self.holds);
        match granted {
            Granted::Shared(version) => holds.take_shared(object, version.clone()),
            Granted::Exclusive(token, version) => holds.take_exclusive(object, *token, version.clone()),
            Granted::Version(_) if matches!(command, Command::Commit { .. } | Command::Get) => {}
            Granted::Version(version) | Granted::Revoked(version) | Granted::Ended { version, .. } => {
                holds.own(object, Version { bytes: None, ..version.clone() });
            }
            _ => {}
        }
        if matches!(command, Command::DropOwner | Command::Send { .. } | Command::Detach | Command::Publish) {
            holds.disown(object);
        }
        if let Command::Commit { token } | Command::Abort { token } = command {
            holds.stop_writing(object, token);
        }
        drop(holds);
        if command == Command::DropOwner {
            payload::forget(self.id, object);
        }
        if let Some(version) = granted.version()
            && let Some(bytes) = &version.bytes
        {
            payload::keep(self.id, object, &version.name, bytes);
        }
    }

    /// A writer whose commit was refused holds nothing any more.
    fn note_refusal(&self, object: ObjectId, command: Command) {
        if let Command::Commit { token } = command {
            lock(&self.holds).stop_writing(object, token);
        }
    }

    /// One shared borrow less. Only the last one concerns the ledger.
    fn give_back(&self, object: ObjectId, command: Command, at: Place, waits: bool) -> Result<()> {
        let mut channel = self.own_channel()?;
        if lock(&self.holds).give_back(object) > 0 {
            return Ok(());
        }
        let call = self.asking(object, "", at).call(command, None);
        if !waits {
            channel.post(call);
            posted::note(&self.channel);
            self.pulse.posted();
            return Ok(());
        }
        match self.told(channel.call(call)) {
            // The dead hold nothing.
            Err(error) if error.kind() != ErrorKind::SessionLost => Err(error),
            _ => Ok(()),
        }
    }

    /// What there is, seen by this session if it lives, or by nobody.
    fn look(&self, object: ObjectId, session: &str) -> Result<Look> {
        let name = keys::name(object);
        let (mut keys, args) = request::look(&self.keys, &name, session, "");
        if self.is_home() {
            posted::settle_others(&self.channel);
        }
        loop {
            let call = channel::Call { script: &script::LOOK, keys, args: args.clone() };
            match self.own_channel()?.ask(&call)? {
                Answer::Ok(Granted::Look(look)) => return Ok(look),
                Answer::Which(more) => keys = [call.keys, more].concat(),
                Answer::Lost => return self.told(Err(session_over())),
                _ => return Err(gone(object)),
            }
        }
    }

    fn fetch(&self, object: ObjectId, version: &Version) -> Result<Arc<[u8]>> {
        if let Some(bytes) = version.bytes.clone().or_else(|| payload::cached(self.id, object, version)) {
            return Ok(bytes);
        }
        let key = format!("{}{}", self.keys.large(&keys::name(object)), version.name);
        let bytes = self.courier.fetch(&key, version.length)?.ok_or_else(|| gone(object))?;
        payload::keep(self.id, object, &version.name, &bytes);
        Ok(bytes)
    }

    /// Runs `act` on a connection of its own.
    fn aside<T>(&self, act: impl FnOnce(&mut redis::Connection) -> Result<T, Fault>) -> Result<T> {
        self.own_channel()?.drain()?;
        posted::settle_others(&self.channel);
        self.courier.aside(act)
    }

    fn end(&self) -> Result<()> {
        // What was posted comes first.
        let _lost_or_done = lock(&self.channel).drain();
        self.courier.aside(|connection| {
            let (keys, args) = farewell(&self.keys, &self.session, "closed");
            channel::run(connection, &script::CLOSE, &keys, &args)?;
            // Some others first, so that the last one to leave an empty store takes it along.
            Reaper::new(&self.keys).some(connection)?;
            Reaper::new(&self.keys).bury(connection, &self.session).map(|_| ())
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
            _ => Err(not_a_store()),
        }
    }

    fn apply(&self, object: ObjectId, command: Command, bytes: &[u8], at: Place) -> Result<Reply> {
        if matches!(command, Command::Return | Command::Unshare) {
            return self.give_back(object, command, at, true).map(|()| Reply::Done);
        }
        let writes = matches!(command, Command::Commit { .. } | Command::OwnerCommit { .. });
        match self.request(object, command, writes.then_some(bytes), at) {
            Ok(granted) => granted.reply().ok_or_else(not_a_store),
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
            return Err(gone(object));
        }
        if let Some(bytes) = &current.bytes {
            payload::keep(self.id, object, &current.name, bytes);
        }
        self.fetch(object, &current).map(Bytes::Shared)
    }

    fn current(&self, object: ObjectId) -> Result<Epoch> {
        let look = self.look(object, &self.session)?;
        if look.live { Ok(look.version.epoch) } else { Err(gone(object)) }
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

impl Attached {
    /// How often the object was changed.
    fn changes(&self, object: ObjectId) -> Result<u32> {
        let mut command = redis::cmd("HGET");
        command.arg(self.keys.object(&keys::name(object))).arg("changes");
        match self.own_channel()?.plain(&command)? {
            redis::Value::BulkString(text) => {
                Ok(std::str::from_utf8(&text).ok().and_then(|n| n.parse().ok()).unwrap_or(0))
            }
            _ => Ok(0),
        }
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

impl Granted {
    fn version(&self) -> Option<&Version> {
        match self {
            Self::Shared(version) | Self::Exclusive(_, version) | Self::Version(version) | Self::Revoked(version) => {
                Some(version)
            }
            Self::Ended { version, .. } => Some(version),
            _ => None,
        }
    }

    fn version_mut(&mut self) -> Option<&mut Version> {
        match self {
            Self::Shared(version) | Self::Exclusive(_, version) | Self::Version(version) | Self::Revoked(version) => {
                Some(version)
            }
            Self::Ended { version, .. } => Some(version),
            _ => None,
        }
    }

    fn reply(self) -> Option<Reply> {
        Some(match self {
            Self::Done => Reply::Done,
            Self::Opened(epoch) => Reply::Opened(epoch),
            Self::Shared(version) => Reply::Shared { version: version.epoch },
            Self::Exclusive(token, version) => Reply::Exclusive { token, version: version.epoch },
            Self::Version(version) => Reply::Version(version.epoch),
            Self::Ended { redeemed, version } => Reply::Ended { version: version.epoch, redeemed },
            Self::Revoked(version) => Reply::Revoked { version: version.epoch, moved: None },
            Self::Sent(seq) => Reply::Sent { seq },
            Self::Look(_) => return None,
        })
    }
}

impl Look {
    fn count_in(&self, stats: &mut Stats) {
        stats.objects += 1;
        stats.bytes += self.version.length;
        match self.owner {
            't' => stats.in_transit += 1,
            'd' => stats.detached += 1,
            _ => {}
        }
        match self.loan {
            's' | 'c' => stats.lent_shared += 1,
            'o' | 't' => stats.lent_exclusively += 1,
            _ => {}
        }
    }
}

/// The server's refusal in the user's words.
fn in_words(object: ObjectId, command: Command, refused: reply::Refused) -> Error {
    let refusal = match (&*refused.why, refused.held) {
        ("conflict", held) => Refusal::Conflict(held.unwrap_or(Held::Shared)),
        ("expired", _) => Refusal::Expired,
        ("redeemed", _) => Refusal::AlreadyRedeemed,
        ("gone", _) => Refusal::Gone,
        ("fenced", _) => Refusal::Fenced,
        ("diverged", _) => Refusal::Diverged,
        ("exhausted", _) => Refusal::Exhausted,
        _ => return not_a_store(),
    };
    refuse(object, command, refusal, refused.holders)
}

/// What ends a session, in this manner.
fn farewell(keys: &Keys, session: &str, how: &str) -> channel::Farewell {
    ([keys.sessions(), keys.dead()], [session, how].map(|arg| arg.as_bytes().to_vec()))
}

fn gone(object: ObjectId) -> Error {
    refuse(object, Command::Get, Refusal::Gone, Vec::new())
}

fn not_a_store() -> Error {
    Error::new(ErrorKind::Corrupt, "the Redis server's answer does not fit the question")
        .with_remedy("is something else, or another version of this crate, writing under this store's name?")
}

fn place(at: Place) -> String {
    format!("{}:{}", at.file(), at.line())
}

/// `pid TAB program TAB host`.
fn name_of_this_process() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    let program = path.file_name().map(std::ffi::OsStr::to_string_lossy).unwrap_or_default();
    let clean = |text: &str| text.replace(['\t', '\n'], " ");
    format!("{}\t{}\t{}", std::process::id(), clean(&program), clean(crate::error::host()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
