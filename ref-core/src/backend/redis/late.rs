//! Replies to requests that were given up. Such a reply is read later: before the reply to the next request, by the
//! background thread, or by another session of the process. What the request took is given back. The reply to a request
//! that cannot be undone is kept if the same request, made again, needs it (idempotent retry).

use super::call::{OBJECT, OWN, ScriptCall};
use super::reply::Granted;
use super::script;
use crate::id::Epoch;
use std::collections::HashMap;

/// How many replies are kept at most. When one more comes, all are dropped. Most callers never repeat such a request.
const MOST: usize = 64;

/// The replies to requests that were given up, by object.
#[derive(Default)]
pub(super) struct LateReplies {
    /// The requests that cannot be undone, and their replies. The same request, made again, takes its reply out.
    /// Another request leaves the reply there, unless it makes a new owner or a new loan of the object.
    answers: HashMap<Vec<u8>, (ScriptCall, Granted)>,
    /// For each object whose owner's commits were obeyed unseen: the version that the owner names, and the new version.
    /// An entry stays until a commit of the owner gets its reply, since the next attempt may be withdrawn or given up
    /// too.
    rebased: HashMap<Vec<u8>, (Vec<u8>, Epoch)>,
}

impl LateReplies {
    /// Takes the late reply to a request that was given up. Returns the request that gives back what the given-up one
    /// took. If there is none, keeps the reply if the same request may need it, and returns `None`.
    pub(super) fn keep(&mut self, call: ScriptCall, granted: Granted) -> Option<ScriptCall> {
        let undo = call.undo(&granted);
        let Some(object) = call.args.get(OBJECT).filter(|_| undo.is_none()).cloned() else { return undo };
        match granted {
            Granted::Version(version) if call.script == &script::OWNER_COMMIT => {
                let base = call.own().first().cloned().unwrap_or_default();
                // If this commit was rebased itself, the owner names the version before the first of these commits.
                let first = self.rebased.remove(&object).filter(|(_, now)| now.0.to_string().into_bytes() == base);
                self.rebased.insert(object, (first.map_or(base, |(named, _)| named), version.epoch));
            }
            // This reply is not kept: a ticket that could be redeemed then may be redeemed by now.
            Granted::Offered => {}
            granted if call.is_kept() => {
                if self.answers.len() >= MOST {
                    self.answers.clear();
                }
                self.answers.insert(object, (call, granted));
            }
            _ => {}
        }
        None
    }

    /// Takes out and returns the reply to `call`, if the same call was given up before, was obeyed, and has its reply
    /// kept here.
    pub(super) fn take(&mut self, call: &ScriptCall) -> Option<Granted> {
        let object = call.args.get(OBJECT)?;
        let _same = self.answers.get(object).filter(|(before, _)| before.is_like(call))?;
        self.answers.remove(object).map(|(_, granted)| granted)
    }

    /// Removes what `call`, which was granted, has outdated: a kept reply, or the entry of an owner's commit.
    pub(super) fn outdate(&mut self, call: &ScriptCall) {
        let Some(object) = call.args.get(OBJECT) else { return };
        if call.takes() {
            self.answers.remove(object);
        }
        if call.script == &script::OWNER_COMMIT {
            self.rebased.remove(object);
        }
    }

    /// Bases an owner's commit on the version of the owner's last commit, if that last commit was given up and was
    /// obeyed. The owner still names the version before it. Returns any other call unchanged.
    pub(super) fn rebased(&self, mut call: ScriptCall) -> ScriptCall {
        if call.script == &script::OWNER_COMMIT
            && let Some((base, now)) = call.args.get(OBJECT).and_then(|object| self.rebased.get(object))
            && call.own().first() == Some(base)
        {
            call.args[OWN] = now.0.to_string().into_bytes();
        }
        call
    }
}
