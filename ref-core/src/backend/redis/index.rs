//! The names of published objects: one hash in the server, from names to objects.
//!
//! A name is given by the function that publishes the object, so both happen or neither does. A name whose object is not
//! published any more stays in the hash until another object gets the name, a session takes the name away, or the store
//! is over.

use super::call::{OWN, run};
use super::connection::Connection;
use super::fault::ServerFault;
use super::reply::{CallOutcome, ScriptRefusal};
use super::session::RedisSession;
use super::text::words;
use super::{answer, keys, script};
use crate::backend::naming::{name_taken, too_many_names};
use crate::backend::{Caller, ObjectName, forked};
use crate::error::{Error, ErrorKind, Result};
use crate::id::ObjectId;
use crate::ledger::Command;

impl RedisSession {
    /// Publishes this session's object under a name.
    pub(super) fn publish_as(&self, object: ObjectId, name: &ObjectName, at: Caller) -> Result<()> {
        if !self.is_opener() {
            return Err(forked());
        }
        self.posts.drain_others(&self.channel);
        let (mut led, mut has_swept) = (None, false);
        loop {
            let Some(refused) = self.request_publish(object, name, led, at)? else { return Ok(()) };
            match &*refused.why {
                "taken" => match self.follow(name)? {
                    Some(now) if led == Some(now) => return Err(name_taken(name, now)),
                    // The next request names the object that has the name, so that the function may look at it.
                    now => led = now,
                },
                "full" if !has_swept => {
                    self.sweep_index()?;
                    has_swept = true;
                }
                "full" => return Err(too_many_names(self.settings.max_names)),
                _ => return Err(answer::in_words(object, Command::Publish, refused)),
            }
        }
    }

    /// Makes the request that publishes an object. Returns why it was refused, or `None`.
    fn request_publish(
        &self,
        object: ObjectId,
        name: &ObjectName,
        led: Option<ObjectId>,
        at: Caller,
    ) -> Result<Option<ScriptRefusal>> {
        let led = led.map(keys::name).unwrap_or_default();
        let (names, other) = (self.keys.named(), self.keys.object(&led));
        let mut call = self.context(object, "", at).script(&script::PUBLISH);
        call.args.truncate(OWN);
        let (most, awaited) = (self.settings.max_names.to_string(), self.keys.awaited());
        call.args.extend([name.as_str(), &names, &led, &other, &most, &awaited].map(|arg| arg.as_bytes().to_vec()));
        call.keys.extend([names, other, awaited]);
        let mut channel = self.own_channel()?;
        let outcome = channel.call(call);
        self.settle_later(&mut channel);
        match self.note_end(outcome)? {
            CallOutcome::Ok(granted) => {
                self.note(object, Command::Publish, &granted);
                Ok(None)
            }
            CallOutcome::No(refused) => Ok(Some(refused)),
            CallOutcome::Unstaged => Err(answer::not_a_store()),
        }
    }

    /// Returns the object that has the name.
    pub(super) fn follow(&self, name: &ObjectName) -> Result<Option<ObjectId>> {
        let mut get = redis::cmd("HGET");
        get.arg(self.keys.named()).arg(name.as_str());
        match self.ask_index(&get)? {
            redis::Value::BulkString(object) => match std::str::from_utf8(&object).ok().and_then(keys::object) {
                Some(object) => Ok(Some(object)),
                None => Err(foreign(name)),
            },
            _ => Ok(None),
        }
    }

    /// Takes the name from `object`, if that object has it and is not published.
    pub(super) fn remove_name(&self, name: &ObjectName, object: ObjectId) -> Result<()> {
        let object = keys::name(object);
        let keys = [self.keys.named(), self.keys.object(&object)];
        let args = [name.as_str(), &object].map(|arg| arg.as_bytes().to_vec());
        self.aside_of_opener(|connection| run(connection, &script::FORGET_NAME, &keys, &args)).map(drop)
    }

    /// Returns the names that begin with `prefix`, and their objects.
    pub(super) fn list_names(&self, prefix: &str) -> Result<Vec<(ObjectName, ObjectId)>> {
        let mut all = redis::cmd("HGETALL");
        all.arg(self.keys.named());
        let all = words(self.ask_index(&all)?);
        let named = all.chunks_exact(2).filter(|pair| pair[0].starts_with(prefix));
        let mut found: Vec<_> =
            named.filter_map(|pair| Some((ObjectName::parse(&pair[0]).ok()?, keys::object(&pair[1])?))).collect();
        found.sort();
        Ok(found)
    }

    /// Takes the names from all objects that are not published.
    pub(super) fn sweep_index(&self) -> Result<()> {
        self.list_names("")?.iter().try_for_each(|(name, object)| self.remove_name(name, *object))
    }

    fn ask_index(&self, command: &redis::Cmd) -> Result<redis::Value> {
        self.aside_of_opener(|connection| command.query(connection).map_err(|error| ServerFault::of(&error)))
    }

    fn aside_of_opener<T>(&self, act: impl FnMut(&mut Connection) -> Result<T, ServerFault>) -> Result<T> {
        if self.is_opener() { self.aside(act) } else { Err(forked()) }
    }
}

/// The error for a name with a value that this crate has not written.
fn foreign(name: &ObjectName) -> Error {
    let what = format!("another program has written a value for the name `{name}` into the store's hash of names");
    Error::new(ErrorKind::Corrupt, what)
        .with_remedy("remove that field of the hash `{ref:STORE}:named`, or use another name")
}
