//! The requests of a session, and what each reply changes in the list of what the session holds.

use super::call::ScriptCall;
use super::channel::Channel;
use super::connection::Connection;
use super::fault::{self, ServerFault};
use super::reap::Reaper;
use super::reply::{CallOutcome, Granted, KnownVersion, Look, ScriptReply};
use super::request::{self, NewVersion, RequestContext};
use super::session::RedisSession;
use super::text::hex;
use super::{answer, call, keys, payload, script, text};
use crate::backend::{Caller, ObjectName, Pieces, forked, joined, session_over};
use crate::error::{ErrorKind, Result};
use crate::id::{Epoch, Nonce, ObjectId};
use crate::ledger::Command;
use crate::sync::{Arc, MutexGuard, lock};
use std::time::Duration;

/// How many times a version is staged before its writer gets an error.
const STAGINGS: usize = 3;
/// How long the server keeps a staged version for its commit, at least.
const STAGED: Duration = Duration::from_secs(60);
/// How long the server remembers the last wait for a name. A call that waits longer repeats its note.
const AWAITED: Duration = Duration::from_secs(60);

/// Whether a call returns only when the server has answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    ForReply,
    No,
}

impl RedisSession {
    /// Locks the channel, unless this process is a fork: a child that wrote to its parent's connection would break it.
    pub(super) fn own_channel(&self) -> Result<MutexGuard<'_, Channel>> {
        if self.is_opener() { Ok(lock(&self.channel)) } else { Err(forked()) }
    }

    /// Returns the parts of a request on `object` besides its command. `known` is the name of the version in this
    /// process's cache, or an empty text.
    pub(super) fn context<'a>(&'a self, object: ObjectId, known: &'a str, at: Caller) -> RequestContext<'a> {
        RequestContext {
            keys: &self.keys,
            session: &self.session,
            object,
            caller: caller_text(at),
            known,
            names: lock(&self.holds).names(object).map(|version| version.name.clone()).collect(),
            keep_orphans_for: self.settings.keep_orphans_for,
            ticket_timeout: self.settings.ticket_timeout,
        }
    }

    /// Runs a command in the server. `version` is the new version, if the command makes one.
    pub(super) fn request(
        &self,
        object: ObjectId,
        command: Command,
        version: Option<Pieces<'_>>,
        at: Caller,
    ) -> Result<Granted> {
        self.request_if(object, command, None, version, at)
    }

    /// Does what [`request`](Self::request) does. `condition` is an argument that the script has beside those of the
    /// command.
    pub(super) fn request_if(
        &self,
        object: ObjectId,
        command: Command,
        condition: Option<&str>,
        version: Option<Pieces<'_>>,
        at: Caller,
    ) -> Result<Granted> {
        if !self.is_opener() {
            return Err(forked());
        }
        self.posts.drain_others(&self.channel);
        let known = payload::known(self.id, object);
        let has = known.as_ref().map_or("", |(name, _)| name);
        // If the commit of a staged version comes too late, the version has expired. Then it is staged again, under
        // another name.
        for _ in 0..STAGINGS {
            let written = version.map(|version| self.write(object, command, version)).transpose()?;
            let name = written.as_ref().map(|written| written.name.clone());
            let context = self.context(object, has, at);
            let mut call = context.call(command, written);
            call.args.extend(condition.map(|condition| condition.as_bytes().to_vec()));
            let mut channel = self.own_channel()?;
            let outcome = channel.call(call);
            self.settle_later(&mut channel);
            match self.note_end(outcome)? {
                CallOutcome::Ok(mut granted) => {
                    if let (Some(version), Some((name, bytes))) = (granted.version_mut(), &known) {
                        version.bytes = version.bytes.take().or((version.name == *name).then(|| Arc::clone(bytes)));
                    }
                    self.note(object, command, &granted);
                    self.keep_written(object, command, version, name.as_deref(), &granted);
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

    /// Caches a version that this process has committed, so that a later borrower in this process need not read it from
    /// the server. A version that was put is not cached.
    fn keep_written(
        &self,
        object: ObjectId,
        command: Command,
        written: Option<Pieces<'_>>,
        name: Option<&str>,
        granted: &Granted,
    ) {
        if let (Some(written), Some(version)) = (written.filter(|_| command != Command::Put), granted.version())
            && name == Some(&*version.name)
            && payload::is_kept(version.length)
        {
            payload::keep(self.id, object, &version.name, &Arc::new(written.concat()));
        }
    }

    /// Prepares a new version. One of more than `INLINE` bytes is sent now, and the command only names it.
    fn write<'a>(&self, object: ObjectId, command: Command, version: Pieces<'a>) -> Result<NewVersion<'a>> {
        let length = version.iter().map(|piece| piece.len()).sum();
        payload::check(length)?;
        let name = hex(&Nonce::random()?.0[..8]);
        // An object is put once. A commit may arrive again, with the same bytes or with others.
        let digest = if command == Command::Put { String::new() } else { digest(version).to_string() };
        if length as u64 <= payload::INLINE {
            return Ok(NewVersion { name, length, digest, bytes: Some(joined(version)) });
        }
        let key = format!("{}{name}", self.keys.large(&keys::name(object)));
        let wait = STAGED.max(self.settings.session_timeout * 10);
        payload::stage(&self.connections, self.settings.server_timeout, &key, version, wait)?;
        Ok(NewVersion { name, length, digest, bytes: None })
    }

    /// Notes for all handles of the session that it is over, if the outcome says so. Returns the outcome. If the server
    /// has lost the store, returns the more exact error for that.
    pub(super) fn note_end<T>(&self, outcome: Result<T>) -> Result<T> {
        match outcome {
            Err(error) if error.kind() == ErrorKind::SessionLost => {
                self.liveness.end();
                Err(if self.is_forgotten() { fault::forgotten() } else { error })
            }
            outcome => outcome,
        }
    }

    /// Returns whether the store is gone from the server, or another one is in its place. Returns false if the server
    /// does not answer.
    fn is_forgotten(&self) -> bool {
        let mut command = redis::cmd("GET");
        command.arg(self.keys.id());
        let asked = self.connections.aside(|connection| call::exchange(connection, &command.get_packed_command()));
        match asked {
            Ok(redis::Value::Nil) => true,
            Ok(redis::Value::BulkString(id)) => !id.starts_with(format!("{} ", self.id.0).as_bytes()),
            _ => false,
        }
    }

    /// Enters a granted command into `holds`. The caller has the channel locked, so that the entries come in the order
    /// in which the server ran the commands.
    pub(super) fn note(&self, object: ObjectId, command: Command, granted: &Granted) {
        let mut holds = lock(&self.holds);
        match granted {
            Granted::Shared(version, generation) | Granted::Joined(version, generation) => {
                let loan = command.shared_loan();
                holds.take_shared(object, (loan, *generation), version.clone());
            }
            Granted::Exclusive(token, version) => holds.take_exclusive(object, *token, version.clone()),
            Granted::Version(_) if matches!(command, Command::Commit { .. } | Command::Get) => {}
            Granted::Version(version)
            | Granted::Adopted(_, version)
            | Granted::Revoked(version)
            | Granted::Ended { version, .. } => {
                holds.own(object, KnownVersion { bytes: None, ..version.clone() });
            }
            _ => {}
        }
        if let Granted::Ended { died, .. } = granted {
            holds.note_death(object, *died);
        }
        match command {
            Command::DropOwner | Command::Send { .. } | Command::Publish => holds.disown(object),
            Command::Detach | Command::DetachFor { .. } => holds.disown(object),
            _ => {}
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

    /// Enters a refused command into `holds`: a writer whose commit was refused has no borrow any
    /// more, unless the object's counter is used up: then the entry is of no use either.
    pub(super) fn note_refusal(&self, object: ObjectId, command: Command) {
        if let Command::Commit { token } | Command::Checkpoint { token } = command {
            lock(&self.holds).stop_writing(object, token);
        }
    }

    /// Gives one shared borrow of the loan back; of no loan, one by key. Sends a request only for the last borrow of a
    /// generation that the session has. Returns `Ok` for a lost session too, since it holds nothing.
    pub(super) fn give_back(&self, object: ObjectId, loan: Option<Epoch>, at: Caller, wait: Wait) -> Result<()> {
        let mut channel = self.own_channel()?;
        let Some(generation) = lock(&self.holds).give_back(object, loan) else { return Ok(()) };
        let mut call = self.context(object, "", at).call(Command::Return { loan }, None);
        call.args.push(generation.0.to_string().into_bytes());
        if wait == Wait::No {
            channel.post(call);
            self.settle_later(&mut channel);
            return Ok(());
        }
        let outcome = channel.call(call);
        self.settle_later(&mut channel);
        match self.note_end(outcome) {
            // A lost session holds nothing: its borrow is given back already.
            Err(error) if error.kind() != ErrorKind::SessionLost => Err(error),
            _ => Ok(()),
        }
    }

    /// Makes a request that gives something up, and does not wait for the reply. The request is repeated until the
    /// server has obeyed it, or the session is over.
    pub(super) fn post(&self, object: ObjectId, command: Command, at: Caller) -> Result<()> {
        let mut channel = self.own_channel()?;
        let call = self.context(object, "", at).call(command, None);
        self.note(object, command, &Granted::Done);
        channel.post(call);
        self.settle_later(&mut channel);
        Ok(())
    }

    /// If a request on the channel has no reply yet, makes the background thread repeat it, and makes later requests of
    /// the process in this store wait for the reply.
    pub(super) fn settle_later(&self, channel: &mut Channel) {
        if channel.is_quiet() {
            self.posts.remove(&self.channel, channel);
            return;
        }
        self.posts.add(&self.channel, channel);
        if !std::mem::replace(&mut channel.awaits_drain, true) {
            self.endpoint.background.drain(&self.channel, channel.connection.is_some());
        }
    }

    /// Looks at an object, as `session` or, if that is empty, as no session. A look as no session is permitted after
    /// the session's end, too. Returns `Gone` if there is no such object.
    pub(super) fn look(&self, object: ObjectId, session: &str) -> Result<Look> {
        let name = keys::name(object);
        let (mut keys, args) = request::look(&self.keys, &name, session, "");
        if self.is_opener() {
            self.posts.drain_others(&self.channel);
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

    /// Notes in the server that this process waits for a change of the object; with a `field`, for a change of that kind.
    pub(super) fn note_wait(&self, object: ObjectId, field: Option<&str>) -> Result<ScriptReply> {
        let keys = vec![self.keys.object(&keys::name(object))];
        let mut args = self.channels();
        args.extend(field.map(|field| field.as_bytes().to_vec()));
        self.own_channel()?.ask(&ScriptCall { script: &script::WATCH, keys, args })
    }

    /// Notes in the server that this process waits for the publication of an object under the name.
    pub(super) fn note_name_wait(&self, name: &ObjectName) -> Result<ScriptReply> {
        let mut args = self.channels();
        args.extend([name.as_str().as_bytes().to_vec(), text::millis(AWAITED).to_string().into_bytes()]);
        self.own_channel()?.ask(&ScriptCall { script: &script::WATCH, keys: vec![self.keys.awaited()], args })
    }

    fn channels(&self) -> Vec<Vec<u8>> {
        self.listener.channels.iter().map(|channel| channel.clone().into_bytes()).collect()
    }

    /// Returns the bytes of a version, from this process or from the server. Returns `Gone` if neither has them.
    pub(super) fn fetch(&self, object: ObjectId, version: &KnownVersion) -> Result<Arc<Vec<u8>>> {
        if let Some(bytes) = version.bytes.clone().or_else(|| payload::cached(self.id, object, version)) {
            return Ok(bytes);
        }
        let key = format!("{}{}", self.keys.large(&keys::name(object)), version.name);
        let bytes = payload::fetch(&self.connections, self.settings.server_timeout, &key, version.length)?;
        let bytes = Arc::new(bytes.ok_or_else(|| answer::gone(object))?);
        payload::keep(self.id, object, &version.name, &bytes);
        Ok(bytes)
    }

    /// Returns the first bytes of a version: all of them if they are few or in this process. Returns `Gone` if the server
    /// does not have them.
    pub(super) fn fetch_head(&self, object: ObjectId, version: &KnownVersion) -> Result<Arc<Vec<u8>>> {
        if version.length <= payload::INLINE {
            return self.fetch(object, version);
        }
        if let Some(bytes) = payload::cached(self.id, object, version) {
            return Ok(bytes);
        }
        let key = format!("{}{}", self.keys.large(&keys::name(object)), version.name);
        let head = payload::fetch(&self.connections, self.settings.server_timeout, &key, payload::INLINE)?;
        head.map(Arc::new).ok_or_else(|| answer::gone(object))
    }

    /// Reads the replies to all requests that this process has posted in the store, and then runs `act`, which must be
    /// idempotent. Returns an error if a request of this session gets no reply. Goes on if a request of another session
    /// gets none.
    pub(super) fn aside<T>(&self, act: impl FnMut(&mut Connection) -> Result<T, ServerFault>) -> Result<T> {
        self.own_channel()?.settle()?;
        self.posts.drain_others(&self.channel);
        self.connections.aside(act).map_err(ServerFault::error)
    }

    /// Closes the session and recovers it at once, so that other sessions have nothing of it to recover. If that fails,
    /// other sessions recover it later.
    pub(super) fn end(&self) -> Result<()> {
        // The requests that were posted come first, or the server would refuse them as a dead session's.
        let answered = {
            let mut channel = lock(&self.channel);
            let _lost_or_done = channel.settle();
            let answered = channel.taken_up();
            self.posts.remove(&self.channel, &mut channel);
            channel.lose(); // The background thread repeats nothing any more.
            answered
        };
        self.endpoint.renewals.remove(&self.session);
        let (keys, args) = request::closing(&self.keys, &self.session, &format!("closed {answered}"));
        let closed = self.connections.aside(|connection| {
            call::run(connection, &script::CLOSE, &keys, &args)?;
            let reaper = Reaper::new(&self.keys);
            // If other sessions live, they recover the dead ones. The last session recovers them itself, and ends the
            // store if it is over.
            if reaper.is_deserted(connection)? {
                reaper.recover_deserted(connection, &self.session)?;
            }
            reaper.recover_session(connection, &self.session)
        });
        if let Err(ServerFault::Broken(_)) = &closed {
            // A server that stands still reads this request when it goes on. Without the request, the server would take
            // the session for lost, and what the session owned would wait for its owner.
            let _closed_or_expires = self.connections.send_only(&call::packed(&script::CLOSE, &keys, &args));
        }
        closed.map_err(ServerFault::error)
    }
}

impl Drop for RedisSession {
    fn drop(&mut self) {
        if !self.is_opener() {
            return; // The session is the parent's. Closing the child's copies of the sockets sends nothing.
        }
        if let Err(error) = self.end() {
            crate::event::not_given_back("a session", &error);
        }
    }
}

fn digest(version: Pieces<'_>) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    version.iter().for_each(|piece| hasher.update(piece));
    hasher.finalize()
}

/// Returns the caller's source line as the server keeps it.
fn caller_text(at: Caller) -> String {
    format!("{}:{}", at.file(), at.line())
}
