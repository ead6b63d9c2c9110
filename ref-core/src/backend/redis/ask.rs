//! What a session asks, and what the answers mean for what it holds.

use super::call::ScriptCall;
use super::channel::CallOutcome;
use super::fault::{self, ServerFault};
use super::reap::Reaper;
use super::reply::{Granted, KnownVersion, Look, ScriptReply};
use super::request::{self, NewVersion, RequestContext};
use super::session::RedisSession;
use super::text::hex;
use super::{answer, call, keys, payload, posted, script};
use crate::backend::{Caller, forked, session_over};
use crate::id::{Nonce, ObjectId};
use crate::ledger::Command;
use crate::sync::{Arc, MutexGuard, lock};
use crate::{ErrorKind, Result};
use std::time::Duration;

/// How often a version is staged anew before its writer is told.
const STAGINGS: usize = 3;
/// What a staged version waits for its commit, at least.
const STAGED: Duration = Duration::from_secs(60);

/// Whether a call returns only when the server has answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    ForReply,
    No,
}

impl RedisSession {
    /// The channel, unless this is a fork's copy.
    pub(super) fn own_channel(&self) -> Result<MutexGuard<'_, super::channel::Channel>> {
        if self.is_opener() { Ok(lock(&self.channel)) } else { Err(forked()) }
    }

    pub(super) fn context<'a>(&'a self, object: ObjectId, known: &'a str, at: Caller) -> RequestContext<'a> {
        RequestContext {
            keys: &self.keys,
            session: &self.session,
            object,
            caller: caller_text(at),
            known,
            names: lock(&self.holds).names(object).map(|version| version.name.clone()).collect(),
            orphans: self.settings.orphans,
            transit: self.settings.transit,
        }
    }

    /// Asks the ledger, with a new version where there is one.
    pub(super) fn request(
        &self,
        object: ObjectId,
        command: Command,
        bytes: Option<&[u8]>,
        at: Caller,
    ) -> Result<Granted> {
        if !self.is_opener() {
            return Err(forked());
        }
        posted::drain_others(&self.channel);
        let known = payload::known(self.id, object);
        let has = known.as_ref().map_or("", |(name, _)| name);
        for _ in 0..STAGINGS {
            let written = bytes.map(|bytes| self.write(object, bytes)).transpose()?;
            let name = written.as_ref().map(|written| written.name.clone());
            let context = self.context(object, has, at);
            let mut channel = self.own_channel()?;
            match self.note_end(channel.call(context.call(command, written)))? {
                CallOutcome::Ok(mut granted) => {
                    if let (Some(version), Some((name, bytes))) = (granted.version_mut(), &known) {
                        version.bytes = version.bytes.take().or((version.name == *name).then(|| Arc::clone(bytes)));
                    }
                    self.note(object, command, &granted);
                    self.keep_written(object, command, bytes, name.as_deref(), &granted);
                    return Ok(granted);
                }
                CallOutcome::No(refused) => {
                    self.note_refusal(object, command);
                    return Err(answer::in_words(object, command, refused));
                }
                CallOutcome::Unstaged => {}
            }
        }
        Err(fault::unreachable("a new version does not stay there until it is committed"))
    }

    /// Whoever wrote a version need not read it: the next borrower of it may be in this process.
    fn keep_written(
        &self,
        object: ObjectId,
        command: Command,
        bytes: Option<&[u8]>,
        name: Option<&str>,
        granted: &Granted,
    ) {
        if let (Some(bytes), Some(version)) = (bytes.filter(|_| command != Command::Put), granted.version())
            && name == Some(&*version.name)
        {
            payload::keep(self.id, object, &version.name, &Arc::from(bytes));
        }
    }

    /// A new version on its way: in parts ahead of its commit where it is large.
    pub(super) fn write<'a>(&self, object: ObjectId, bytes: &'a [u8]) -> Result<NewVersion<'a>> {
        payload::check(bytes.len())?;
        let name = hex(&Nonce::random()?.0[..12]);
        let digest = crc32fast::hash(bytes).to_string();
        let length = bytes.len();
        if length <= payload::PART {
            return Ok(NewVersion { name, length, digest, bytes: Some(bytes) });
        }
        let key = format!("{}{name}", self.keys.large(&keys::name(object)));
        self.bulk.stage(&key, bytes, STAGED.max(self.settings.lease * 10))?;
        Ok(NewVersion { name, length, digest, bytes: None })
    }

    /// Whoever learns that the session is over tells the others.
    pub(super) fn note_end<T>(&self, outcome: Result<T>) -> Result<T> {
        match outcome {
            Err(error) if error.kind() == ErrorKind::SessionLost => {
                self.signal.liveness.end();
                Err(if self.is_forgotten() { fault::forgotten() } else { error })
            }
            outcome => outcome,
        }
    }

    /// Whether another store is where this session's was, or none. Where the server does not say, it is not.
    fn is_forgotten(&self) -> bool {
        let mut command = redis::cmd("GET");
        command.arg(self.keys.id());
        let asked = self.bulk.aside(|connection| call::exchange(connection, &command.get_packed_command()));
        match asked {
            Ok(redis::Value::Nil) => true,
            Ok(redis::Value::BulkString(id)) => id != self.id.0.to_string().into_bytes(),
            _ => false,
        }
    }

    /// What a granted command means for what this session holds. The channel is locked, so this is in the ledger's order.
    pub(super) fn note(&self, object: ObjectId, command: Command, granted: &Granted) {
        let mut holds = lock(&self.holds);
        match granted {
            Granted::Shared(version) => holds.take_shared(object, version.clone()),
            Granted::Exclusive(token, version) => holds.take_exclusive(object, *token, version.clone()),
            Granted::Version(_) if matches!(command, Command::Commit { .. } | Command::Get) => {}
            Granted::Version(version) | Granted::Revoked(version) | Granted::Ended { version, .. } => {
                holds.own(object, KnownVersion { bytes: None, ..version.clone() });
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
    pub(super) fn note_refusal(&self, object: ObjectId, command: Command) {
        if let Command::Commit { token } = command {
            lock(&self.holds).stop_writing(object, token);
        }
    }

    /// One shared borrow less. Only the last one concerns the ledger.
    pub(super) fn give_back(&self, object: ObjectId, command: Command, at: Caller, wait: Wait) -> Result<()> {
        let mut channel = self.own_channel()?;
        if lock(&self.holds).give_back(object) > 0 {
            return Ok(());
        }
        let call = self.context(object, "", at).call(command, None);
        if wait == Wait::No {
            channel.post(call);
            posted::add(&self.channel);
            self.signal.posted();
            return Ok(());
        }
        match self.note_end(channel.call(call)) {
            // The dead hold nothing.
            Err(error) if error.kind() != ErrorKind::SessionLost => Err(error),
            _ => Ok(()),
        }
    }

    /// What there is, seen by this session if it lives, or by nobody.
    pub(super) fn look(&self, object: ObjectId, session: &str) -> Result<Look> {
        let name = keys::name(object);
        let (mut keys, args) = request::look(&self.keys, &name, session, "");
        if self.is_opener() {
            posted::drain_others(&self.channel);
        }
        loop {
            let call = ScriptCall { script: &script::LOOK, keys, args: args.clone() };
            match self.own_channel()?.ask(&call)? {
                ScriptReply::Ok(Granted::Look(look)) => return Ok(look),
                ScriptReply::Which(more) => keys = [call.keys, more].concat(),
                ScriptReply::Lost => return self.note_end(Err(session_over())),
                _ => return Err(answer::gone(object)),
            }
        }
    }

    pub(super) fn fetch(&self, object: ObjectId, version: &KnownVersion) -> Result<Arc<[u8]>> {
        if let Some(bytes) = version.bytes.clone().or_else(|| payload::cached(self.id, object, version)) {
            return Ok(bytes);
        }
        let key = format!("{}{}", self.keys.large(&keys::name(object)), version.name);
        let bytes = self.bulk.fetch(&key, version.length)?.ok_or_else(|| answer::gone(object))?;
        payload::keep(self.id, object, &version.name, &bytes);
        Ok(bytes)
    }

    /// Runs `act` on a connection of its own.
    pub(super) fn aside<T>(&self, act: impl FnOnce(&mut redis::Connection) -> Result<T, ServerFault>) -> Result<T> {
        self.own_channel()?.drain()?;
        posted::drain_others(&self.channel);
        self.bulk.aside(act)
    }

    pub(super) fn end(&self) -> Result<()> {
        // What was posted comes first.
        let _lost_or_done = lock(&self.channel).drain();
        self.bulk.aside(|connection| {
            let (keys, args) = request::closing(&self.keys, &self.session, "closed");
            call::run(connection, &script::CLOSE, &keys, &args)?;
            // Some others first, so that the last one to leave an empty store takes it along.
            Reaper::new(&self.keys).recover_some(connection)?;
            Reaper::new(&self.keys).recover_session(connection, &self.session).map(|_| ())
        })
    }

    /// How often the object was changed.
    pub(super) fn changes(&self, object: ObjectId) -> Result<u32> {
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

impl Drop for RedisSession {
    fn drop(&mut self) {
        if !self.is_opener() {
            return; // a fork's copy: the session is its parent's, and closing a copied socket says nothing
        }
        self.signal.stop();
        posted::remove(&self.channel);
        if let Err(error) = self.end() {
            crate::event::not_given_back("a session", &error);
        }
    }
}

fn caller_text(at: Caller) -> String {
    format!("{}:{}", at.file(), at.line())
}
