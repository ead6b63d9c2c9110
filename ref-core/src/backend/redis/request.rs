//! Translates commands of the ledger into calls of scripts.

use super::call::ScriptCall;
use super::keys::{self, Keys};
use super::script::{self, Script};
use super::text::millis;
use crate::id::ObjectId;
use crate::ledger::Command;
use std::borrow::Cow;
use std::time::Duration;

/// The parts of a request besides its command.
pub(super) struct RequestContext<'a> {
    pub(super) keys: &'a Keys,
    pub(super) session: &'a str,
    pub(super) object: ObjectId,
    pub(super) caller: String,
    /// The name of the version of the object that this process has in its cache, or an empty text.
    pub(super) known: &'a str,
    /// The names of versions that the command may remove. Their keys are declared, since a script may only touch keys
    /// that it was called with.
    pub(super) names: Vec<String>,
    pub(super) keep_orphans_for: Duration,
    pub(super) ticket_timeout: Duration,
}

/// A new version in a request.
pub(super) struct NewVersion<'a> {
    pub(super) name: String,
    pub(super) length: usize,
    pub(super) digest: String,
    /// The version's bytes. `None` if they were staged.
    pub(super) bytes: Option<Cow<'a, [u8]>>,
}

impl RequestContext<'_> {
    pub(super) fn call(self, command: Command, written: Option<NewVersion<'_>>) -> ScriptCall {
        let own = self.own(command);
        self.call_of(of(command), own, written)
    }

    /// Returns the call of a script that has no arguments of its own.
    pub(super) fn script(self, script: &'static Script) -> ScriptCall {
        self.call_of(script, Vec::new(), None)
    }

    fn call_of(self, script: &'static Script, mut own: Vec<Vec<u8>>, written: Option<NewVersion<'_>>) -> ScriptCall {
        let object = keys::name(self.object);
        let mut keys = ledger_keys(self.keys, &object, self.session);
        let large = self.keys.large(&object);
        keys.extend(
            self.names.iter().chain(written.as_ref().map(|new| &new.name)).map(|name| format!("{large}{name}")),
        );
        if let Some(new) = written {
            own.extend([new.name.into_bytes(), text(new.length), new.digest.into_bytes()]);
            own.extend(new.bytes.map(Cow::into_owned));
        }
        let mut args = vec![
            self.session.as_bytes().to_vec(),
            Vec::new(),
            object.into_bytes(),
            self.caller.into_bytes(),
            large.into_bytes(),
            self.known.as_bytes().to_vec(),
        ];
        args.append(&mut own);
        ScriptCall { script, keys, args }
    }

    /// Returns the command's own arguments, without those for a new version.
    fn own(&self, command: Command) -> Vec<Vec<u8>> {
        let orphans = || text(at_least(self.keep_orphans_for));
        match command {
            Command::Put | Command::Adopt => vec![orphans()],
            Command::OpenExclusive { right } | Command::Reissue { right } | Command::RedeemExclusive { right } => {
                vec![text(right.0)]
            }
            Command::RedeemShared { epoch: number }
            | Command::Abort { token: number }
            | Command::Commit { token: number }
            | Command::Checkpoint { token: number }
            | Command::OwnerCommit { base: number } => vec![text(number.0)],
            Command::Send { right } => vec![text(right.0), text(at_least(self.ticket_timeout)), orphans()],
            Command::Claim { seq, right } => vec![orphans(), text(seq), text(right.0)],
            Command::TransitExpired { seq } => vec![text(seq)],
            Command::Detach => vec![b"d".to_vec()],
            Command::DetachFor { time } => vec![b"d".to_vec(), text(at_least(time))],
            Command::Extend { time } => vec![text(at_least(time))],
            Command::Publish => vec![b"p".to_vec()],
            _ => Vec::new(),
        }
    }
}

/// Returns the script of a command.
fn of(command: Command) -> &'static Script {
    match command {
        Command::Put => &script::PUT,
        Command::OpenShared => &script::OPEN_SHARED,
        Command::OpenExclusive { .. } => &script::OPEN_EXCLUSIVE,
        Command::Reissue { .. } => &script::REISSUE,
        Command::RedeemShared { .. } => &script::REDEEM_SHARED,
        Command::RedeemExclusive { .. } => &script::REDEEM_EXCLUSIVE,
        Command::Return { .. } => &script::GIVE_BACK,
        Command::Abort { .. } => &script::ABORT,
        Command::Commit { .. } => &script::COMMIT,
        Command::Checkpoint { .. } => &script::CHECKPOINT,
        Command::OwnerCommit { .. } => &script::OWNER_COMMIT,
        Command::End => &script::END,
        Command::Revoke => &script::REVOKE,
        Command::DropOwner => &script::DROP_OWNER,
        Command::Send { .. } => &script::SEND,
        Command::Claim { .. } => &script::CLAIM,
        Command::TransitExpired { .. } => &script::TRANSIT_EXPIRED,
        Command::Keep => &script::KEEP,
        Command::Detach | Command::DetachFor { .. } | Command::Publish => &script::LEAVE,
        Command::Extend { .. } => &script::EXTEND,
        Command::TimeExpired => &script::TIME_EXPIRED,
        Command::Adopt => &script::ADOPT,
        Command::Get => &script::GET,
        Command::Evict => &script::EVICT,
        Command::Share => &script::SHARE,
        Command::Reserve => &script::RESERVE,
        Command::Grant => &script::GRANT,
    }
}

/// Returns the keys and arguments with which `look.lua` looks at an object. `session` is the calling session, or empty.
/// If it is empty and `dead` names a dead session, the script also removes the object from that session's claims.
pub(super) fn look(keys: &Keys, object: &str, session: &str, dead: &str) -> (Vec<String>, Vec<Vec<u8>>) {
    let claims_of = if session.is_empty() { dead } else { session };
    let large = keys.large(object).into_bytes();
    let args = [session.as_bytes(), b"", object.as_bytes(), b"", &large, b"", dead.as_bytes()].map(<[u8]>::to_vec);
    (ledger_keys(keys, object, claims_of), args.into())
}

/// The keys and arguments of the script that closes a session.
pub(super) type Closing = ([String; 2], [Vec<u8>; 2]);

/// Returns the keys and arguments with which `close.lua` closes `session`. `how` is the script's second argument.
pub(super) fn closing(keys: &Keys, session: &str, how: &str) -> Closing {
    ([keys.sessions(), keys.dead()], [session, how].map(|arg| arg.as_bytes().to_vec()))
}

fn ledger_keys(keys: &Keys, object: &str, session: &str) -> Vec<String> {
    vec![
        keys.sessions(),
        keys.requests(),
        keys.names(),
        keys.dead(),
        keys.clock(),
        keys.claims(session),
        keys.unowned(),
        keys.deadlines(),
        keys.object(object),
        keys.readers(object),
        keys.kept(object),
        keys.bytes(object),
    ]
}

fn text(number: impl ToString) -> Vec<u8> {
    number.to_string().into_bytes()
}

/// Returns by how many milliseconds the server's clock must advance so that at least `time` has passed. One is added to
/// `time`, since the clock's present millisecond has begun already.
fn at_least(time: Duration) -> u128 {
    millis(time) + 1
}

#[test]
fn no_time_is_rounded_down() {
    assert_eq!(at_least(Duration::ZERO), 1);
    assert_eq!(at_least(Duration::from_micros(900)), 2);
    assert_eq!(at_least(Duration::from_millis(900)), 901);
}
