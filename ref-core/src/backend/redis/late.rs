//! Answers of requests that were given up. They come after all, with the answers of whatever is sent next: by the same
//! caller, by another session of the process that reads them on its way, or by the thread that renews the lease. What
//! such a request took is given back; what cannot be given back is kept for the same question.

use super::call::{OBJECT, OWN, ScriptCall};
use super::reply::Granted;
use super::script;
use crate::id::Epoch;
use std::collections::HashMap;

/// More answers than these are not kept: their callers do not ask again.
const MOST: usize = 64;

/// The outcomes of requests that were given up, by object. A further request on an object makes its outcome old.
#[derive(Default)]
pub(super) struct LateReplies {
    /// Answers of what cannot be given back.
    answers: HashMap<Vec<u8>, (ScriptCall, Granted)>,
    /// Owners' commits that had been done: on which version, as which.
    rebased: HashMap<Vec<u8>, (Vec<u8>, Epoch)>,
}

impl LateReplies {
    /// Notes the answer of a request that was given up. Returns the request that gives back what was taken.
    pub(super) fn keep(&mut self, call: ScriptCall, granted: Granted) -> Option<ScriptCall> {
        let undo = call.undo(&granted);
        let Some(object) = call.args.get(OBJECT).filter(|_| undo.is_none()).cloned() else { return undo };
        match granted {
            Granted::Version(version) if call.script == &script::OWNER_COMMIT => {
                let base = call.own().first().cloned().unwrap_or_default();
                self.rebased.insert(object, (base, version.epoch));
            }
            granted => {
                if self.answers.len() >= MOST {
                    self.answers.clear();
                }
                self.answers.insert(object, (call, granted));
            }
        }
        None
    }

    /// The answer of `call`, if it was given up before and has been obeyed.
    pub(super) fn take(&mut self, call: &ScriptCall) -> Option<Granted> {
        let (before, granted) = self.answers.remove(call.args.get(OBJECT)?)?;
        before.is_like(call).then_some(granted)
    }

    /// An owner that does not know of its own commit goes on from that.
    pub(super) fn rebased(&mut self, mut call: ScriptCall) -> ScriptCall {
        if call.script == &script::OWNER_COMMIT
            && let Some((base, now)) = call.args.get(OBJECT).and_then(|object| self.rebased.remove(object))
            && call.own().first() == Some(&base)
        {
            call.args[OWN] = now.0.to_string().into_bytes();
        }
        call
    }
}
