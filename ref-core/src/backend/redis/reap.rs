//! Recovery of dead sessions: takes from them what they held. A script takes what was held of one object only, so no
//! script takes long.
//!
//! Every step is idempotent, and takes some objects only. If a process dies in the middle, another process goes on.
//! Several processes may recover the same session at a time.

use super::call::{load, packed, received, run};
use super::connection::Connection;
use super::fault::ServerFault;
use super::keys::Keys;
use super::reply::ScriptReply;
use super::script;
use super::sweep;
use super::text::words;
use crate::event;
use redis::Value;

/// Recovers dead sessions and expired objects of one store.
pub(super) struct Reaper<'a> {
    keys: &'a Keys,
}

/// What a step of recovery has done.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RecoveryStep {
    /// How many sessions the step has removed, or how many objects it has found whose deadline has passed.
    pub(super) found: usize,
    /// Whether there may be more to recover.
    pub(super) more: bool,
}

/// One call of `look.lua`: its object, its keys and its arguments.
struct ObjectCall {
    object: String,
    keys: Vec<String>,
    args: Vec<Vec<u8>>,
}

/// The most objects of one step. Their requests are sent together, so a step needs few round trips.
pub(super) const STEP: usize = 64;
/// How many attempts one object gets. An attempt fails if the call has not declared the keys of all versions that it
/// would remove.
const TRIES: usize = 16;

impl<'a> Reaper<'a> {
    pub(super) fn new(keys: &'a Keys) -> Self {
        Self { keys }
    }

    /// Makes one step of recovery: recovers some objects whose deadline has passed. If there are none, recovers some
    /// objects of dead sessions, and removes dead sessions that have none left. Ends a store that is over.
    pub(super) fn step(&self, connection: &mut Connection) -> Result<RecoveryStep, ServerFault> {
        let Value::Array(lists) = self.expire(connection)? else {
            return Ok(RecoveryStep::default());
        };
        let mut lists = lists.into_iter().map(words);
        let (dead, due) = (lists.next().unwrap_or_default(), lists.next().unwrap_or_default());
        if lists.next().is_some_and(|over| !over.is_empty()) {
            sweep::end(self.keys, connection)?;
        }
        let mut step = RecoveryStep { found: due.len(), more: !(dead.is_empty() && due.is_empty()) };
        if !due.is_empty() {
            self.recover_due(connection, &due)?;
            return Ok(step);
        }
        let mut room = STEP;
        for session in dead {
            let claims = self.recover_claims(connection, &session, room)?;
            room = room.saturating_sub(claims);
            if room == 0 {
                break;
            }
            let has_died = event::ARE_SPANS_MADE && self.has_died(connection, &session)?;
            let is_forgotten = self.forget(connection, &session)?;
            step.found += usize::from(is_forgotten);
            if has_died && is_forgotten {
                event::session_died(&session, None, claims);
            }
        }
        Ok(step)
    }

    /// Recovers everything in a store where no session is alive. `session` is the last session. Also finds the keys in
    /// the server that no other key of the store names any more: enters their objects into the store again, recovers
    /// those that a session owned, and ends the store if it is over then.
    pub(super) fn recover_deserted(&self, connection: &mut Connection, session: &str) -> Result<(), ServerFault> {
        while self.recover_claims(connection, session, STEP)? == STEP {}
        let found = sweep::find(self.keys, connection)?;
        let owned = sweep::restore(self.keys, connection, &found)?;
        for some in owned.chunks(STEP) {
            self.recover_objects(connection, some, "")?;
        }
        while self.step(connection)?.more {}
        sweep::end(self.keys, connection) // A step does not end a store without a number.
    }

    /// Takes everything from a dead session, and removes it.
    pub(super) fn recover_session(&self, connection: &mut Connection, session: &str) -> Result<(), ServerFault> {
        let _span = event::recover(&session);
        while self.recover_claims(connection, session, STEP)? == STEP {}
        self.forget(connection, session).map(|_| ())
    }

    /// Declares the sessions dead whose lease has run out. Returns whether no session of the store is alive.
    pub(super) fn is_deserted(&self, connection: &mut Connection) -> Result<bool, ServerFault> {
        let mut before = u64::MAX;
        loop {
            self.expire(connection)?;
            let sessions = redis::cmd("ZCARD").arg(self.keys.sessions()).query(connection);
            let sessions: u64 = sessions.map_err(|error| ServerFault::of(&error))?;
            if sessions == 0 || sessions >= before {
                return Ok(sessions == 0);
            }
            before = sessions; // A call of `expire.lua` declares some only.
        }
    }

    fn expire(&self, connection: &mut Connection) -> Result<Value, ServerFault> {
        let k = self.keys;
        let keys = [k.sessions(), k.dead(), k.clock(), k.deadlines(), k.id(), k.unowned()];
        run(connection, &script::EXPIRE, &keys, &[])
    }

    /// Takes up to `most` objects from a dead session. Returns how many it has found. If these are fewer than `most`,
    /// the session has no others.
    fn recover_claims(&self, connection: &mut Connection, session: &str, most: usize) -> Result<usize, ServerFault> {
        let mut claims = redis::cmd("HRANDFIELD");
        claims.arg(self.keys.claims(session)).arg(most);
        let objects = words(claims.query(connection).map_err(|error| ServerFault::of(&error))?);
        self.recover_objects(connection, &objects, session)?;
        Ok(objects.len())
    }

    /// Recovers objects whose deadline has passed. Also removes the deadlines of objects that are gone: otherwise these
    /// deadlines would be found again for ever.
    fn recover_due(&self, connection: &mut Connection, due: &[String]) -> Result<(), ServerFault> {
        let gone = self.recover_objects(connection, due, "")?;
        if gone.is_empty() {
            return Ok(());
        }
        let mut forget = redis::cmd("ZREM");
        forget.arg(self.keys.deadlines()).arg(gone);
        forget.query::<Value>(connection).map(|_| ()).map_err(|error| ServerFault::of(&error))
    }

    /// Removes a dead session, if it has no claims. Returns whether this call removed it. If not, the session has
    /// claims, or another process has removed it.
    fn forget(&self, connection: &mut Connection, session: &str) -> Result<bool, ServerFault> {
        let k = self.keys;
        let claims = k.claims(session);
        let keys = [k.dead(), k.names(), k.requests(), claims];
        let said = words(run(connection, &script::FORGET, &keys, &[session.as_bytes().to_vec()])?);
        Ok(said.first().is_some_and(|word| word == "forgotten"))
    }

    /// Returns whether the session was found dead. If not, the session was closed, and has left something.
    fn has_died(&self, connection: &mut Connection, session: &str) -> Result<bool, ServerFault> {
        let mut how = redis::cmd("HGET");
        how.arg(self.keys.dead()).arg(session);
        let how: Value = how.query(connection).map_err(|error| ServerFault::of(&error))?;
        Ok(!words(Value::Array(vec![how])).first().is_some_and(|word| word.starts_with("closed")))
    }

    /// Runs `look.lua` on each object: the script takes from dead sessions what they held of it. Returns the objects
    /// that are gone. Gives an object up after `TRIES` attempts.
    fn recover_objects(
        &self,
        connection: &mut Connection,
        objects: &[String],
        session: &str,
    ) -> Result<Vec<String>, ServerFault> {
        let call = |object: &String| {
            let (keys, args) = super::request::look(self.keys, object, "", session);
            ObjectCall { object: object.clone(), keys, args }
        };
        let (mut calls, mut gone): (Vec<_>, _) = (objects.iter().map(call).collect(), Vec::new());
        for _ in 0..TRIES {
            if calls.is_empty() {
                break;
            }
            calls = look_at(connection, calls, &mut gone)?;
        }
        Ok(gone)
    }
}

/// Makes some calls of `look.lua` in one round trip. Adds the objects that are gone to `gone`. Returns the calls that
/// have to be made again.
fn look_at(
    connection: &mut Connection,
    calls: Vec<ObjectCall>,
    gone: &mut Vec<String>,
) -> Result<Vec<ObjectCall>, ServerFault> {
    let pack = |call: &ObjectCall| packed(&script::LOOK, &call.keys, &call.args);
    let requests: Vec<u8> = calls.iter().flat_map(pack).collect();
    connection.send(&[&requests]).map_err(|error| ServerFault::of(&error))?;
    // Every reply is read before the first failure is returned, or a later request would read what is left.
    let replies: Vec<_> = calls.iter().map(|_| received(connection)).collect();
    let (mut again, mut knows_script) = (Vec::new(), true);
    for (mut call, reply) in calls.into_iter().zip(replies) {
        match reply {
            Err(ServerFault::NoScript) => knows_script = false,
            reply => match ScriptReply::read(reply?).map_err(ServerFault::Final)? {
                ScriptReply::Which(more) => call.keys.extend(more),
                ScriptReply::No(_) => {
                    gone.push(call.object);
                    continue;
                }
                _ => continue,
            },
        }
        again.push(call);
    }
    if !knows_script {
        load(connection)?;
    }
    Ok(again)
}
