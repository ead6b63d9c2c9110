//! One call of a script: its arguments, the call that undoes it, and how it is sent.

use super::connection::Connection;
use super::fault::{ServerFault, unreachable};
use super::reply::Granted;
use super::script::{self, Script};
use super::text::millis;
use redis::Value;
use std::time::Duration;

/// One call of a script of the ledger. If the call is a numbered request, the channel writes the number into `args`.
#[derive(Clone)]
pub(super) struct ScriptCall {
    pub(super) script: &'static Script,
    pub(super) keys: Vec<String>,
    /// The session, the request's number, the object, the caller's line, the prefix of large versions' keys, and the
    /// name of the cached version; then the command's own arguments.
    pub(super) args: Vec<Vec<u8>>,
}

/// The positions in `args` of the request's number, of the object, and of the command's first own argument.
pub(super) const NUMBER: usize = 1;
pub(super) const OBJECT: usize = 2;
pub(super) const OWN: usize = 6;

impl ScriptCall {
    /// Returns whether the reply to one of the two calls can be taken for the reply to the other. Returns false for a
    /// call that writes bytes, since the bytes may differ.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let writes = [&script::PUT, &script::COMMIT, &script::CHECKPOINT, &script::OWNER_COMMIT].contains(&self.script);
        !writes
            && self.script == other.script
            && self.args.get(OBJECT) == other.args.get(OBJECT)
            && self.own() == other.own()
    }

    /// Returns whether a late reply to this call is kept for the same call, made again. Such a call cannot be undone,
    /// and would be refused if it were obeyed a second time.
    pub(super) fn is_kept(&self) -> bool {
        [&script::LEAVE, &script::PUBLISH, &script::DROP_OWNER, &script::EVICT, &script::END, &script::REVOKE]
            .contains(&self.script)
    }

    /// Returns whether a grant of this call makes a new owner or a new loan of the object. A kept reply to an earlier
    /// call on the object is outdated then.
    pub(super) fn takes(&self) -> bool {
        [&script::ADOPT, &script::CLAIM, &script::OPEN_SHARED, &script::OPEN_EXCLUSIVE].contains(&self.script)
    }

    pub(super) fn own(&self) -> &[Vec<u8>] {
        self.args.get(OWN..).unwrap_or_default()
    }

    /// Returns the call that undoes this one, or `None` if there is no such call. `granted` is the reply to this one.
    pub(super) fn undo(&self, granted: &Granted) -> Option<Self> {
        let number = |n: u64| n.to_string().into_bytes();
        let (script, own) = match (self.script.name, granted) {
            ("OPEN_SHARED" | "OPEN_EXCLUSIVE", _) => (&script::END, vec![self.args.get(NUMBER)?.clone()]),
            ("REDEEM_EXCLUSIVE", Granted::Exclusive(token, _)) => {
                (&script::ABORT, vec![number(token.0), b"b".to_vec()])
            }
            // The writer has the borrow still. Its next command, with the token that it knows, goes on from there.
            ("CHECKPOINT", _) => return None,
            (_, Granted::Shared(_, generation)) => (&script::GIVE_BACK, vec![number(generation.0)]),
            (_, Granted::Exclusive(token, _)) => (&script::ABORT, vec![number(token.0)]),
            ("RESERVE", Granted::Opened(token)) => (&script::ABORT, vec![number(token.0)]),
            ("PUT", _) => (&script::DROP_OWNER, Vec::new()),
            ("ADOPT" | "CLAIM", _) => (&script::LEAVE, vec![b"b".to_vec()]),
            ("SEND", Granted::Sent(seq)) => {
                (&script::CLAIM, vec![self.own().get(2)?.clone(), number(*seq), self.own().first()?.clone()])
            }
            _ => return None,
        };
        let mut undo = Self { script, keys: self.keys.clone(), args: self.args.clone() };
        undo.args.truncate(OWN);
        undo.args.extend(own);
        Some(undo)
    }
}

/// Returns the request that calls a function of the library.
pub(super) fn packed(script: &Script, keys: &[String], args: &[Vec<u8>]) -> Vec<u8> {
    let mut packed = redis::cmd("FCALL");
    packed.arg(script.called()).arg(keys.len()).arg(keys).arg(args);
    packed.get_packed_command()
}

/// Returns the request that runs a script which is not in the library.
pub(super) fn packed_script(text: &str, keys: &[String], args: &[Vec<u8>]) -> Vec<u8> {
    redis::cmd("EVAL").arg(text).arg(keys.len()).arg(keys).arg(args).get_packed_command()
}

pub(super) fn received(connection: &mut Connection) -> Result<Value, ServerFault> {
    match connection.receive() {
        Ok(Value::ServerError(error)) => Err(ServerFault::of(&error.into())),
        Ok(value) => Ok(value),
        Err(error) => Err(ServerFault::of(&error)),
    }
}

pub(super) fn exchange(connection: &mut Connection, packed: &[u8]) -> Result<Value, ServerFault> {
    connection.send(&[packed]).map_err(|error| ServerFault::of(&error))?;
    received(connection)
}

/// Loads the library. Also succeeds if another process has loaded it meanwhile.
pub(super) fn load(connection: &mut Connection) -> Result<(), ServerFault> {
    let mut load = redis::cmd("FUNCTION");
    load.arg("LOAD").arg(&script::library().text);
    match exchange(connection, &load.get_packed_command()) {
        Err(ServerFault::HasLibrary) => Ok(()),
        loaded => loaded.map(|_| ()),
    }
}

/// The most times that a call loads the library: another program may remove the library between the load and the call.
const LOADS: usize = 8;

/// Calls a function once, without the channel's numbers, on any connection.
pub(super) fn run(
    connection: &mut Connection,
    script: &Script,
    keys: &[String],
    args: &[Vec<u8>],
) -> Result<Value, ServerFault> {
    let request = packed(script, keys, args);
    for _ in 0..LOADS {
        match exchange(connection, &request) {
            Err(ServerFault::NoScript) => load(connection)?,
            answer => return answer,
        }
    }
    exchange(connection, &request)
}

/// Returns how many replicas have what is in the server now. Waits until there are `wanted` of them, or the time is
/// over. No process listens to `channel`.
pub(super) fn replicas_with_all(
    connection: &mut Connection,
    channel: &str,
    wanted: u32,
    timeout: Duration,
) -> Result<i64, ServerFault> {
    let mut pair = redis::pipe();
    pair.cmd("PUBLISH").arg(channel).arg("").cmd("WAIT").arg(wanted).arg(millis(timeout).max(1));
    connection.send(&[&pair.get_packed_pipeline()]).map_err(|error| ServerFault::of(&error))?;
    let published = received(connection);
    match (published, received(connection)?) {
        (Err(fault), _) => Err(fault),
        (Ok(_), Value::Int(there)) => Ok(there),
        (Ok(_), _) => Err(ServerFault::Broken(unreachable("it does not say how many replicas it has"))),
    }
}
