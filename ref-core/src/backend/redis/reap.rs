//! Recovery of dead sessions: what they held is taken from them, one object at a time, so that no script takes long.
//!
//! Every step is idempotent. A process may die in the middle, and another one goes on.

use super::call::run;
use super::fault::ServerFault;
use super::keys::Keys;
use super::reply::ScriptReply;
use super::script;
use super::text::words;
use redis::{Connection, Value};

/// Recovers dead sessions and expired objects of one store.
pub(super) struct Reaper<'a> {
    keys: &'a Keys,
}

/// How many attempts one object gets. An attempt fails if the object has changed, so that other versions have to go.
const TRIES: usize = 16;

impl<'a> Reaper<'a> {
    pub(super) fn new(keys: &'a Keys) -> Self {
        Self { keys }
    }

    /// Recovers some dead sessions, and some objects whose deadline has passed. Returns how many.
    pub(super) fn recover_some(&self, connection: &mut Connection) -> Result<usize, ServerFault> {
        let keys = [self.keys.sessions(), self.keys.dead(), self.keys.clock(), self.keys.deadlines()];
        let Value::Array(lists) = run(connection, &script::EXPIRE, &keys, &[])? else { return Ok(0) };
        let mut lists = lists.into_iter().map(words);
        let (dead, due) = (lists.next().unwrap_or_default(), lists.next().unwrap_or_default());
        let mut found = due.len();
        for object in due {
            self.recover_object(connection, &object, "")?;
        }
        for session in dead {
            found += usize::from(self.recover_session(connection, &session)?);
        }
        Ok(found)
    }

    /// Recovers all of them. Returns how many.
    pub(super) fn recover_all(&self, connection: &mut Connection) -> Result<usize, ServerFault> {
        let mut found = 0;
        loop {
            match self.recover_some(connection)? {
                0 => return Ok(found),
                more => found += more,
            }
        }
    }

    /// Takes everything from a dead session, and removes it. Returns whether this call removed it; another process may
    /// have.
    pub(super) fn recover_session(&self, connection: &mut Connection, session: &str) -> Result<bool, ServerFault> {
        loop {
            let mut claims = redis::cmd("SRANDMEMBER");
            claims.arg(self.keys.claims(session)).arg(100);
            let objects = words(claims.query(connection).map_err(|error| ServerFault::of(&error))?);
            for object in &objects {
                self.recover_object(connection, object, session)?;
            }
            if objects.is_empty() {
                return self.forget(connection, session);
            }
        }
    }

    fn forget(&self, connection: &mut Connection, session: &str) -> Result<bool, ServerFault> {
        let k = self.keys;
        let claims = k.claims(session);
        let keys = [k.sessions(), k.dead(), k.names(), k.requests(), claims, k.id(), k.clock(), k.objects()];
        let said = words(run(connection, &script::FORGET, &keys, &[session.as_bytes().to_vec()])?);
        Ok(said.first().is_some_and(|word| word == "forgotten"))
    }

    /// Runs `look.lua` on an object: the script takes from dead sessions what they held of it.
    fn recover_object(&self, connection: &mut Connection, object: &str, session: &str) -> Result<(), ServerFault> {
        let (mut keys, args) = super::request::look(self.keys, object, "", session);
        for _ in 0..TRIES {
            let said = run(connection, &script::LOOK, &keys, &args)?;
            match ScriptReply::read(said).map_err(ServerFault::Final)? {
                ScriptReply::Which(more) => keys.extend(more),
                _ => return Ok(()),
            }
        }
        Ok(())
    }
}
