//! A session as a [`Backend`].

use super::ask::Wait;
use super::call::run;
use super::connection::Connection;
use super::fault::ServerFault;
use super::held;
use super::keys::{self, Keys, type_field};
use super::reap::Reaper;
use super::reply::Granted;
use super::session::RedisSession;
use super::text::words;
use super::waiting::LONGEST_WAIT;
use super::{answer, payload, replicas, script};
use crate::backend::{
    Awaited, Backend, Bytes, Caller, Hold, Inspect, Liveness, ObjectName, Pieces, QueuePlace, Stats, VersionHead,
    Watch, description_of, forked, refuse,
};
use crate::error::{ErrorKind, Holder, Result};
use crate::id::{Epoch, Nonce, ObjectId, StoreId};
use crate::ledger::{Command, Refusal, Reply};
use crate::sync::{Arc, lock};
use std::collections::BTreeSet;
use std::time::Duration;

impl Backend for RedisSession {
    fn id(&self) -> StoreId {
        self.id
    }

    fn put(&self, bytes: Pieces<'_>, at: Caller) -> Result<(ObjectId, Epoch)> {
        if !self.is_opener() {
            return Err(forked());
        }
        let random = Nonce::random()?.0;
        let (index, birth) = random.split_at(4);
        let index = index.try_into().map(u32::from_le_bytes).unwrap_or_default();
        let birth = birth.iter().take(8).fold(0, |birth, byte| birth << 8 | u64::from(*byte));
        let object = ObjectId { index, birth };
        let Granted::Version(version) = self.request(object, Command::Put, Some(bytes), at)? else {
            return Err(answer::not_a_store());
        };
        match self.await_replicas(object, at) {
            // The call returns no owner, so the object must not stay.
            Err(error) if error.kind() == ErrorKind::CommittedNotReplicated => {
                self.post(object, Command::DropOwner, at)?;
                Err(replicas::not_put(error))
            }
            awaited => awaited.map(|()| (object, version.epoch)),
        }
    }

    fn confirm(&self, object: ObjectId, at: Caller) -> Result<()> {
        self.await_replicas(object, at)
    }

    fn apply(&self, object: ObjectId, command: Command, bytes: Pieces<'_>, at: Caller) -> Result<Reply> {
        if let Command::Return { loan } = command {
            return self.give_back(object, loan, at, Wait::ForReply).map(|()| Reply::Done);
        }
        let writes =
            matches!(command, Command::Commit { .. } | Command::Checkpoint { .. } | Command::OwnerCommit { .. });
        match self.request(object, command, writes.then_some(bytes), at) {
            Ok(granted) => granted.reply().ok_or_else(answer::not_a_store),
            // A lost session holds nothing any more: an abort has nothing to give back, and a commit or checkpoint is fenced.
            Err(error) if error.kind() == ErrorKind::SessionLost && matches!(command, Command::Abort { .. }) => {
                Ok(Reply::Done)
            }
            Err(error)
                if error.kind() == ErrorKind::SessionLost
                    && matches!(command, Command::Commit { .. } | Command::Checkpoint { .. }) =>
            {
                Err(refuse(object, command, Refusal::Fenced, Vec::new()).with_source(error))
            }
            Err(error) => Err(error),
        }
    }

    fn let_go(&self, object: ObjectId, command: Command, at: Caller) -> Result<()> {
        match command {
            _ if !self.is_opener() => Ok(()),
            Command::Return { loan } => self.give_back(object, loan, at, Wait::No),
            Command::Abort { token } => {
                let mut channel = self.own_channel()?;
                lock(&self.holds).stop_writing(object, token);
                channel.post(self.context(object, "", at).call(command, None));
                self.settle_later(&mut channel);
                Ok(())
            }
            _ => self.post(object, command, at),
        }
    }

    fn publish(&self, object: ObjectId, name: &ObjectName, at: Caller) -> Result<()> {
        self.publish_as(object, name, at)
    }

    fn named(&self, name: &ObjectName) -> Result<Option<ObjectId>> {
        self.follow(name)
    }

    fn forget_name(&self, name: &ObjectName, object: ObjectId) -> Result<()> {
        self.remove_name(name, object)
    }

    fn names(&self, prefix: &str) -> Result<Vec<(ObjectName, ObjectId)>> {
        self.list_names(prefix)
    }

    fn snapshot(&self, object: ObjectId, known: Option<Epoch>, at: Caller) -> Result<(Epoch, Option<Bytes>)> {
        let mut missing = None;
        loop {
            let Granted::Version(version) = self.request(object, Command::Get, None, at)? else {
                return Err(answer::not_a_store());
            };
            if known == Some(version.epoch) {
                return Ok((version.epoch, None));
            }
            match self.fetch(object, &version) {
                // A commit has removed the large version before all of it was fetched. If the version is still the
                // current one, something else has.
                Err(error) if error.kind() == ErrorKind::Gone && missing != Some(version.epoch) => {
                    missing = Some(version.epoch);
                }
                fetched => return fetched.map(|bytes| (version.epoch, Some(Bytes::Shared(bytes)))),
            }
        }
    }

    fn head(&self, object: ObjectId, at: Caller) -> Result<VersionHead> {
        let mut missing = None;
        loop {
            let Granted::Version(current) = self.request(object, Command::Get, None, at)? else {
                return Err(answer::not_a_store());
            };
            match self.fetch_head(object, &current) {
                // As in `snapshot`.
                Err(error) if error.kind() == ErrorKind::Gone && missing != Some(current.epoch) => {
                    missing = Some(current.epoch);
                }
                fetched => {
                    let (version, length) = (current.epoch, usize::try_from(current.length).unwrap_or(usize::MAX));
                    return fetched.map(|bytes| VersionHead { version, length, bytes: Bytes::Shared(bytes) });
                }
            }
        }
    }

    fn read(&self, object: ObjectId, version: Epoch) -> Result<Bytes> {
        if !self.is_opener() {
            return Err(forked());
        }
        let known = lock(&self.holds).version(object, version).cloned();
        if let Some(known) = &known
            && (known.bytes.is_some() || known.length > payload::INLINE)
        {
            return self.fetch(object, known).map(Bytes::Shared);
        }
        if let Some(bytes) = known.and_then(|known| payload::cached(self.id, object, &known)) {
            return Ok(Bytes::Shared(bytes));
        }
        // If neither the session nor the cache has the bytes of a small version, only the current version can be read.
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
        let heard = self.listener.listen();
        // Without the note no message comes, and the wait ends by its time.
        let _noted_or_not = self.note_wait(object, None);
        Watch(heard)
    }

    fn watch_version(&self, object: ObjectId) -> Watch {
        let heard = self.listener.listen();
        let _noted_or_not = self.note_wait(object, Some(WATCHED));
        Watch(heard)
    }

    fn slice(&self) -> Duration {
        LONGEST_WAIT
    }

    fn wait(&self, object: ObjectId, watch: Watch, slice: Duration) {
        self.listener.wait(&keys::name(object), watch.0, slice);
    }

    fn wait_for_version(&self, object: ObjectId, _known: Epoch, watch: Watch, slice: Duration) {
        self.listener.wait(&new_version(object), watch.0, slice);
    }

    fn watch_name(&self, name: &ObjectName) -> Watch {
        let heard = self.listener.listen();
        let _noted_or_not = self.note_name_wait(name);
        Watch(heard)
    }

    fn wait_for_name(&self, name: &ObjectName, watch: Watch, slice: Duration) {
        self.listener.wait(&format!("/{name}"), watch.0, slice);
    }

    fn reserve_in_turn(&self, object: ObjectId, place: &mut Option<QueuePlace>, at: Caller) -> Result<Option<Reply>> {
        self.reserve_in_queue(object, place, at)
    }

    fn wait_in_queue(&self, _object: ObjectId, place: &mut QueuePlace, slice: Duration) {
        self.wait_to_be_first(place, slice);
    }

    fn leave_queue(&self, object: ObjectId, place: &QueuePlace) {
        self.give_place_back(object, place);
    }

    fn arm(&self, _awaited: &Awaited, _watch: Watch) -> bool {
        // The server has noted the wait when the watch was taken.
        true
    }

    fn is_changed(&self, awaited: &Awaited, watch: Watch) -> bool {
        match awaited {
            Awaited::Name(name) => self.listener.has_heard(&format!("/{name}"), watch.0),
            Awaited::Version(object, _) => self.listener.has_heard(&new_version(*object), watch.0),
            Awaited::Borrowers(object) | Awaited::Readers(object) | Awaited::Detachment(object) => {
                self.listener.has_heard(&keys::name(*object), watch.0)
            }
        }
    }

    fn server(&self) -> Option<usize> {
        // The endpoint lives as long as a session that has it, so no other server has the number meanwhile.
        Some(Arc::as_ptr(&self.endpoint).addr())
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

    fn end_redeemed(&self, object: ObjectId, at: Caller) -> Result<Option<Reply>> {
        match self.request_if(object, Command::End, Some("r"), None, at)? {
            Granted::Offered => Ok(None),
            granted => granted.reply().ok_or_else(answer::not_a_store).map(Some),
        }
    }

    fn describe(&self, fingerprint: u64, description: &str) -> bool {
        let keys = [self.keys.id(), self.keys.types()];
        let fields = [self.id.0.to_string(), type_field(fingerprint), description.to_owned()].map(String::into_bytes);
        let describe = |connection: &mut _| run(connection, &script::DESCRIBE, &keys, &fields);
        self.is_opener() && self.connections.aside(describe).is_ok_and(|said| words(said) == ["described"])
    }

    fn description(&self, fingerprint: u64) -> Option<String> {
        let mut get = redis::cmd("HGET");
        get.arg(self.keys.types()).arg(type_field(fingerprint));
        let asked = self.is_opener().then(|| {
            self.connections.aside(|connection| get.query(connection).map_err(|error| ServerFault::of(&error)))
        });
        match asked?.ok()? {
            redis::Value::BulkString(bytes) => description_of(fingerprint, bytes),
            _ => None,
        }
    }

    fn detached(&self) -> Result<Vec<ObjectId>> {
        self.list_detached()
    }

    fn stats(&self) -> Result<Stats> {
        let (objects, sessions) = self.aside(|connection| inventory(&self.keys, connection))?;
        let mut stats = Stats { sessions, persistence: Some(self.persistence), ..Stats::default() };
        for object in objects.iter().filter_map(|object| keys::object(object)) {
            match self.look(object, "") {
                Ok(look) => look.count_in(&mut stats),
                Err(error) if error.kind() == ErrorKind::Gone => {}
                Err(error) => return Err(error),
            }
        }
        Ok(stats)
    }

    fn inspect(&self) -> Result<&dyn Inspect> {
        if self.is_opener() { Ok(self) } else { Err(forked()) }
    }

    fn may_have_died(&self, object: ObjectId) -> bool {
        lock(&self.holds).has_died(object)
    }

    fn died(&self, object: ObjectId) -> Option<Holder> {
        self.look(object, "").ok()?.died
    }

    fn reap(&self) -> Result<usize> {
        let mut found = 0;
        loop {
            let step = self.aside(|connection| Reaper::new(&self.keys).step(connection))?;
            found += step.found;
            if !step.more {
                return self.sweep_index().map(|()| found);
            }
        }
    }

    fn is_opener(&self) -> bool {
        self.is_opener()
    }

    fn liveness(&self) -> Option<Arc<Liveness>> {
        Some(Arc::clone(&self.liveness))
    }
}

/// The field of an object's hash with the channels of the processes that wait for a version.
const WATCHED: &str = "V";

/// Returns the message that tells of a new version of the object, or of its removal.
fn new_version(object: ObjectId) -> String {
    format!("={}", keys::name(object))
}

/// Returns the names of all objects, and the number of sessions. Each object is among the claims of a session or in the
/// set of objects without an owner.
fn inventory(keys: &Keys, connection: &mut Connection) -> Result<(BTreeSet<String>, u64), ServerFault> {
    let mut said = |name: &str, key: &str| {
        redis::cmd(name).arg(key).query::<redis::Value>(connection).map_err(|error| ServerFault::of(&error))
    };
    let mut objects: BTreeSet<String> = words(said("SMEMBERS", &keys.unowned())?).into_iter().collect();
    for session in words(said("HKEYS", &keys.names())?) {
        objects.extend(words(said("HKEYS", &keys.claims(&session))?));
    }
    match said("ZCARD", &keys.sessions())? {
        redis::Value::Int(sessions) => Ok((objects, sessions.unsigned_abs())),
        _ => Ok((objects, 0)),
    }
}
