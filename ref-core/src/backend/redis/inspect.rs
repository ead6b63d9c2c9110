//! A look into a store: its objects and sessions, by requests that only read. No function of the library is called, so
//! that the server need not have this build's library.
//!
//! # One moment
//! The fields of an object are read before and after its readers and its bytes (seqlock). If the fields are equal, they
//! were the same when the readers and the bytes were read: a counter among the fields rises with each loan, writer and
//! version. The second time, only those fields are read of which one changes with every change of the others.
//!
//! Of most objects the fields say all, and are read at once. The others are looked at in a second round trip.
//!
//! Objects are read in pages. A page takes one round trip, another one if it has objects with readers or with more than
//! a few bytes, and one more if it has large versions.

use super::answer;
use super::call::received;
use super::connect::Connector;
use super::connection::Connection;
use super::fault::{self, ServerFault};
use super::found::{
    DECIDING, FIELDS, Looked, ServerSessions, began, bytes_of, entry_of, field, fields_of, length_of, looked_alone,
    looked_of, pairs, text,
};
use super::keys::{self, Keys, type_field};
use super::payload::{INLINE, PART};
use super::server::Server;
use super::session::{LAYOUT, RedisSession};
use super::text::words;
use crate::backend::inspect::{
    FoundObject, HEAD, Inspect, ObjectState, SessionEntry, always_changed, not_there, too_large,
};
use crate::backend::{Settings, description_of};
use crate::error::{Holder, Result};
use crate::id::ObjectId;
use redis::{Cmd, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How many objects a page has.
const PAGE: usize = 256;
/// How often an object is looked at that has changed during each look.
const ROUNDS: usize = 64;
/// The most readers of an object that an entry has.
const READERS: usize = 1000;

/// A store on a server, to look into it without a session.
struct ServerView {
    server: Server,
    keys: Keys,
    answer: Duration,
}

/// Opens the store on the server to look into it. Makes nothing, and begins no session and no thread.
///
/// # Errors
/// `StoreRemoved` if there is no store. Otherwise those of the server.
pub(crate) fn inspect(server: &Server, settings: Settings) -> Result<Box<dyn Inspect>> {
    let answer = settings.server_timeout;
    let view = ServerView { server: server.clone(), keys: Keys::of(&server.store), answer };
    view.with(|look| look.check_there())?;
    Ok(Box::new(view))
}

impl ServerView {
    fn with<T>(&self, act: impl FnOnce(&mut ServerLook<'_>) -> Result<T, ServerFault>) -> Result<T> {
        let connected = Connector::new(&self.server)?.connect(self.answer);
        let (mut connection, _status) = connected.map_err(ServerFault::error)?;
        act(&mut ServerLook { keys: &self.keys, connection: &mut connection }).map_err(ServerFault::error)
    }
}

impl Inspect for ServerView {
    fn objects(&self) -> Result<Vec<FoundObject>> {
        self.with(|look| look.objects())
    }

    fn look_for(&self, wanted: &[ObjectId]) -> Result<Vec<FoundObject>> {
        self.with(|look| look.look_for(wanted))
    }

    fn sessions(&self) -> Result<Vec<SessionEntry>> {
        self.with(|look| look.session_entries())
    }

    fn version_bytes(&self, object: ObjectId, most: u64) -> Result<Vec<u8>> {
        self.with(|look| look.version_bytes(object, most))
    }

    fn type_description(&self, fingerprint: u64) -> Result<Option<String>> {
        self.with(|look| look.type_description(fingerprint))
    }
}

impl Inspect for RedisSession {
    fn objects(&self) -> Result<Vec<FoundObject>> {
        self.aside(|connection| ServerLook { keys: &self.keys, connection }.objects())
    }

    fn look_for(&self, wanted: &[ObjectId]) -> Result<Vec<FoundObject>> {
        self.aside(|connection| ServerLook { keys: &self.keys, connection }.look_for(wanted))
    }

    fn sessions(&self) -> Result<Vec<SessionEntry>> {
        self.aside(|connection| ServerLook { keys: &self.keys, connection }.session_entries())
    }

    fn version_bytes(&self, object: ObjectId, most: u64) -> Result<Vec<u8>> {
        self.aside(|connection| ServerLook { keys: &self.keys, connection }.version_bytes(object, most))
    }

    fn type_description(&self, fingerprint: u64) -> Result<Option<String>> {
        self.aside(|connection| ServerLook { keys: &self.keys, connection }.type_description(fingerprint))
    }
}

impl RedisSession {
    /// Returns the detached objects, in one or two round trips for [`PAGE`] of them.
    pub(super) fn list_detached(&self) -> Result<Vec<ObjectId>> {
        let mut members = redis::cmd("SMEMBERS");
        members.arg(self.keys.unowned());
        let unowned = self.aside(|connection| members.query(connection).map_err(|error| ServerFault::of(&error)))?;
        let wanted: Vec<_> = words(unowned).iter().filter_map(|object| keys::object(object)).collect();
        let found = self.look_for(&wanted)?.into_iter();
        Ok(found.filter(|it| it.entry.state == ObjectState::Detached).map(|it| it.entry.id).collect())
    }
}

/// One look at a store, over one connection.
struct ServerLook<'a> {
    keys: &'a Keys,
    connection: &'a mut Connection,
}

impl ServerLook<'_> {
    /// Makes requests in one round trip. The reply to a request that the server refuses is the error; every other
    /// failure ends the look.
    fn ask(&mut self, requests: &[Cmd]) -> Result<Vec<Result<Value>>, ServerFault> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let packed: Vec<u8> = requests.iter().flat_map(Cmd::get_packed_command).collect();
        self.connection.send(&[&packed]).map_err(|error| ServerFault::of(&error))?;
        let (mut replies, mut failed) = (Vec::with_capacity(requests.len()), None);
        // Every reply is read before a failure is returned, or a later request would read what is left.
        for _ in requests {
            match received(self.connection) {
                Ok(value) => replies.push(Ok(value)),
                Err(fault) if fault.is_of_request() => replies.push(Err(fault.error())),
                Err(fault @ ServerFault::Broken(_)) => return Err(fault),
                Err(fault) => failed = failed.or(Some(fault)),
            }
        }
        failed.map_or(Ok(replies), Err)
    }

    fn ask_all(&mut self, requests: &[Cmd]) -> Result<Vec<Value>, ServerFault> {
        self.ask(requests)?.into_iter().map(|reply| reply.map_err(ServerFault::Final)).collect()
    }

    fn check_there(&mut self) -> Result<(), ServerFault> {
        let said = self.ask_all(&[command("GET", &self.keys.id())])?;
        let [Value::BulkString(store)] = &said[..] else { return Err(ServerFault::Final(fault::removed())) };
        let store = String::from_utf8_lossy(store);
        match store.split_once(' ').map_or("1", |(_, layout)| layout) {
            LAYOUT => Ok(()),
            layout => Err(ServerFault::Final(answer::another_layout(layout, LAYOUT))),
        }
    }

    fn sessions(&mut self) -> Result<ServerSessions, ServerFault> {
        let k = self.keys;
        let mut leases = command("ZRANGEBYSCORE", &k.sessions());
        leases.arg("-inf").arg("+inf").arg("WITHSCORES");
        let requests = [
            redis::cmd("TIME"),
            command("GET", &k.clock()),
            leases,
            command("HGETALL", &k.names()),
            command("HKEYS", &k.dead()),
        ];
        let mut said = self.ask_all(&requests)?.into_iter();
        let mut next = || said.next().unwrap_or(Value::Nil);
        let time: Vec<f64> = words(next()).iter().filter_map(|number| number.parse().ok()).collect();
        let server = time.first().map_or(0.0, |seconds| seconds * 1000.0);
        let clock = bytes_of(next()).and_then(|text| String::from_utf8(text).ok()?.parse().ok()).unwrap_or(0.0);
        let number = |(session, score): (String, Vec<u8>)| Some((session, text(&score).parse().ok()?));
        Ok(ServerSessions {
            now: f64::max(server, clock),
            leases: pairs(next()).into_iter().filter_map(number).collect(),
            processes: pairs(next()).into_iter().map(|(session, process)| (session, text(&process))).collect(),
            dead: words(next()).into_iter().collect(),
        })
    }

    fn session_entries(&mut self) -> Result<Vec<SessionEntry>, ServerFault> {
        self.check_there()?;
        let known = self.sessions()?;
        let all: BTreeSet<_> = known.leases.keys().chain(known.processes.keys()).chain(&known.dead).cloned().collect();
        let entry = |session: String| SessionEntry {
            process: Holder { since: began(&session), ..known.process(&session, "", "") },
            is_alive: known.is_alive(&session),
            session,
        };
        Ok(all.into_iter().map(entry).collect())
    }

    fn objects(&mut self) -> Result<Vec<FoundObject>, ServerFault> {
        self.check_there()?;
        let before = self.sessions()?;
        let ids = self.ids(&before)?;
        let mut looked = Vec::with_capacity(ids.len());
        for page in ids.chunks(PAGE) {
            self.look_at_page(page, &mut looked)?;
        }
        // The sessions are read again for those that have begun since, and the names last: an object that was found as
        // published has its name then, unless it is gone.
        let sessions = before.and(self.sessions()?);
        let named = self.ask_all(&[command("HGETALL", &self.keys.named())])?.pop().unwrap_or(Value::Nil);
        let names: BTreeMap<_, _> = pairs(named).into_iter().map(|(name, object)| (text(&object), name)).collect();
        let entry = |(id, looked): (String, Looked)| {
            let mut found = entry_of(keys::object(&id)?, looked, &sessions)?;
            found.entry.name = names.get(&id).filter(|_| found.entry.state == ObjectState::Published).cloned();
            Some(found)
        };
        let mut found: Vec<_> = looked.into_iter().filter_map(entry).collect();
        found.sort_by_key(|found| found.entry.id);
        Ok(found)
    }

    /// Looks at these objects, and at no session.
    fn look_for(&mut self, wanted: &[ObjectId]) -> Result<Vec<FoundObject>, ServerFault> {
        let ids: Vec<_> = wanted.iter().map(|object| keys::name(*object)).collect();
        let mut looked = Vec::with_capacity(ids.len());
        for page in ids.chunks(PAGE) {
            self.look_at_page(page, &mut looked)?;
        }
        let sessions = ServerSessions::default();
        let entry = |(id, looked): (String, Looked)| entry_of(keys::object(&id)?, looked, &sessions);
        Ok(looked.into_iter().filter_map(entry).collect())
    }

    /// Returns the names of all objects. Each object is among the claims of a session, or has no session that owns it.
    /// The objects without one are read before and after the claims. So an object that is sent meanwhile is found.
    fn ids(&mut self, sessions: &ServerSessions) -> Result<Vec<String>, ServerFault> {
        let unowned = command("SMEMBERS", &self.keys.unowned());
        let claims = sessions.processes.keys().map(|session| command("HKEYS", &self.keys.claims(session)));
        let requests: Vec<_> = [unowned.clone()].into_iter().chain(claims).chain([unowned]).collect();
        let ids: BTreeSet<_> = self.ask_all(&requests)?.into_iter().flat_map(words).collect();
        Ok(ids.into_iter().collect())
    }

    /// Looks at the objects of a page, and again at those that have changed meanwhile.
    fn look_at_page(&mut self, page: &[String], done: &mut Vec<(String, Looked)>) -> Result<(), ServerFault> {
        let mut left = page.to_vec();
        for _ in 0..ROUNDS {
            let mut changed = Vec::new();
            for (id, looked) in self.look_once(left)? {
                match looked {
                    Looked::Gone => {}
                    Looked::Changed => changed.push(id),
                    looked => done.push((id, looked)),
                }
            }
            left = changed;
            if left.is_empty() {
                break;
            }
        }
        done.extend(left.into_iter().map(|id| (id, Looked::Changed)));
        Ok(())
    }

    fn look_once(&mut self, ids: Vec<String>) -> Result<Vec<(String, Looked)>, ServerFault> {
        let requests: Vec<_> = ids.iter().map(|id| self.fields(id)).collect();
        let (mut looked, mut more) = (Vec::with_capacity(ids.len()), Vec::new());
        for (id, reply) in ids.into_iter().zip(self.ask(&requests)?) {
            match reply.map(fields_of) {
                Err(error) => looked.push((id, Looked::Refused(error))),
                Ok(mut fields) => match looked_alone(&mut fields) {
                    Some(all) => looked.push((id, all)),
                    None => more.push((id, fields)),
                },
            }
        }
        let requests: Vec<_> = more.iter().flat_map(|(id, _)| self.rest(id, HEAD as u64)).collect();
        let mut replies = self.ask(&requests)?.into_iter();
        for (id, fields) in more {
            // All three replies are taken, also after an error: the next object's replies follow.
            let three = [(); 3].map(|()| replies.next().unwrap_or(Ok(Value::Nil)));
            let [readers, bytes, after] = three;
            let three = readers.and_then(|readers| Ok([readers, bytes?, after?]));
            looked.push((id, three.map_or_else(Looked::Refused, |three| looked_of(fields, three))));
        }
        self.add_large(&mut looked)?;
        Ok(looked)
    }

    fn fields(&self, id: &str) -> Cmd {
        command("HGETALL", &self.keys.object(id))
    }

    /// The requests of a look at an object behind that for its fields: its readers, the first bytes of its version, and
    /// the fields that say whether it has changed.
    fn rest(&self, id: &str, first: u64) -> [Cmd; 3] {
        let mut deciding = command("HMGET", &self.keys.object(id));
        deciding.arg(&FIELDS[..DECIDING]);
        let mut readers = command("ZRANGEBYSCORE", &self.keys.readers(id));
        readers.arg("-inf").arg("+inf").arg("LIMIT").arg(0).arg(READERS);
        let mut bytes = command("GETRANGE", &self.keys.bytes(id));
        bytes.arg(0).arg(first.saturating_sub(1));
        [readers, bytes, deciding]
    }

    /// Returns a copy of the object's version. A version that is removed meanwhile is one that was replaced, so the next
    /// look finds another.
    fn version_bytes(&mut self, object: ObjectId, most: u64) -> Result<Vec<u8>, ServerFault> {
        self.check_there()?;
        let id = keys::name(object);
        for _ in 0..ROUNDS {
            let [readers, bytes, deciding] = self.rest(&id, INLINE);
            let mut replies = self.ask_all(&[self.fields(&id), readers, bytes, deciding])?.into_iter();
            let fields = replies.next().map(fields_of).unwrap_or_default();
            let rest = [(); 3].map(|()| replies.next().unwrap_or(Value::Nil));
            let (fields, bytes) = match looked_of(fields, rest) {
                Looked::Gone => return Err(ServerFault::Final(not_there(object))),
                Looked::Refused(error) => return Err(ServerFault::Final(error)),
                Looked::Changed => continue,
                Looked::Still { fields, bytes, .. } => (fields, bytes),
            };
            let length = length_of(&fields).ok_or_else(|| ServerFault::Final(not_there(object)))?;
            if length > most {
                return Err(ServerFault::Final(too_large(length, most)));
            }
            let bytes = match length > INLINE {
                true => self.large_version(&format!("{}{}", self.keys.large(&id), field(&fields, "m")), length)?,
                false => bytes,
            };
            if bytes.len() as u64 == length {
                return Ok(bytes);
            }
        }
        Err(ServerFault::Final(always_changed()))
    }

    /// Fetches what is under a key, in parts, until there are `length` bytes or no more.
    fn large_version(&mut self, key: &str, length: u64) -> Result<Vec<u8>, ServerFault> {
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < length {
            let mut part = command("GETRANGE", key);
            part.arg(bytes.len()).arg(bytes.len() + PART - 1);
            match self.ask_all(&[part])?.pop().and_then(bytes_of) {
                Some(part) if !part.is_empty() => bytes.extend_from_slice(&part),
                _ => break,
            }
        }
        Ok(bytes)
    }

    fn type_description(&mut self, fingerprint: u64) -> Result<Option<String>, ServerFault> {
        self.check_there()?;
        let mut get = command("HGET", &self.keys.types());
        get.arg(type_field(fingerprint));
        let found = self.ask_all(&[get])?.pop().and_then(bytes_of);
        Ok(found.and_then(|bytes| description_of(fingerprint, bytes)))
    }

    /// Adds the first bytes of large versions. Their keys are known only when the objects' fields are. If a version has
    /// no bytes, the object has another version by now, or has lost its bytes.
    fn add_large(&mut self, looked: &mut [(String, Looked)]) -> Result<(), ServerFault> {
        let is_large = |looked: &Looked| match looked {
            Looked::Still { fields, .. } => length_of(fields).is_some_and(|length| length > INLINE),
            _ => false,
        };
        let large: Vec<_> = looked.iter_mut().filter(|(_, looked)| is_large(looked)).collect();
        let requests = large.iter().flat_map(|(id, looked)| {
            let version = if let Looked::Still { fields, .. } = looked { field(fields, "m") } else { String::new() };
            let mut head = command("GETRANGE", &format!("{}{version}", self.keys.large(id)));
            head.arg(0).arg(HEAD - 1);
            let mut now = command("HGET", &self.keys.object(id));
            now.arg("m");
            [head, now]
        });
        let requests: Vec<_> = requests.collect();
        if requests.is_empty() {
            return Ok(());
        }
        let mut replies = self.ask(&requests)?.into_iter();
        let mut next = || replies.next().and_then(Result::ok).and_then(bytes_of).unwrap_or_default();
        for (_, looked) in large {
            let (head, version) = (next(), next());
            if let Looked::Still { fields, bytes, .. } = looked {
                let is_same = fields.get("m").is_some_and(|name| *name == version);
                *bytes = head;
                if bytes.is_empty() && !is_same {
                    *looked = Looked::Changed;
                }
            }
        }
        Ok(())
    }
}

fn command(name: &str, key: &str) -> Cmd {
    let mut command = redis::cmd(name);
    command.arg(key);
    command
}
