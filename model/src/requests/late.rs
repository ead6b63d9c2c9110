//! Replies to requests that were given up: what undoes them, and which are kept. Follows `late.rs` and `call.rs`.

use super::state::{Answer, Call, Script};

/// The replies to requests that were given up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LateReplies {
    /// A reply to a request that cannot be undone.
    pub(crate) kept: Option<(Call, Answer)>,
    /// After owner's commits that were given up and obeyed: the version that the owner still names, and the present
    /// version.
    rebased: Option<(u8, u8)>,
}

impl Call {
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        !matches!(self.script, Script::Commit | Script::OwnerCommit) && self == other
    }

    fn is_kept(&self) -> bool {
        matches!(self.script, Script::Detach | Script::DropOwner | Script::End)
    }

    fn takes(&self) -> bool {
        matches!(self.script, Script::Adopt | Script::Claim | Script::OpenShared)
    }

    /// Returns the call that undoes this one, if there is one. `number` is the number of the request with this call.
    pub(crate) fn undo(&self, number: u8, answer: Answer) -> Option<Self> {
        match (self.script, answer) {
            (Script::OpenShared, _) => Some(Self::new(Script::End, number)),
            (Script::RedeemExclusive, Answer::Exclusive(token)) => Some(Self::new(Script::AbortBack, token)),
            (_, Answer::Shared) => Some(Self::new(Script::GiveBack, 0)),
            (Script::Adopt | Script::Claim, _) => Some(Self::new(Script::PutBack, 0)),
            (Script::Send, Answer::Sent(seq)) => Some(Self::new(Script::Claim, seq)),
            _ => None,
        }
    }
}

impl LateReplies {
    /// Takes a granted reply to a request that was given up. Returns the call that undoes the request, if there is
    /// one. Otherwise keeps the version of an owner's commit, and the reply to a `Detach`, a `DropOwner` or an `End`.
    /// Drops any other reply.
    pub(crate) fn keep(&mut self, call: Call, number: u8, answer: Answer, mutant: Option<&str>) -> Option<Call> {
        let undo = call.undo(number, answer);
        match answer {
            _ if undo.is_some() => {}
            Answer::Version(now) if call.script == Script::OwnerCommit => {
                let before = self.rebased.filter(|(_, before)| *before == call.own && mutant != Some("rebase once"));
                self.rebased = Some((before.map_or(call.own, |(base, _)| base), now));
            }
            _ if call.is_kept() => self.kept = Some((call, answer)),
            _ => {}
        }
        undo
    }

    /// Takes the reply that was kept for the same call, if there is one.
    pub(crate) fn take(&mut self, call: Call) -> Option<Answer> {
        let (_, answer) = self.kept.filter(|(before, _)| before.is_like(&call))?;
        self.kept = None;
        Some(answer)
    }

    /// Removes what a granted call has outdated.
    pub(crate) fn outdate(&mut self, call: Call, mutant: Option<&str>) {
        if call.takes() && mutant != Some("keep a reply for ever") {
            self.kept = None;
        }
        if call.script == Script::OwnerCommit {
            self.rebased = None;
        }
    }

    /// Bases an owner's commit on the owner's last commit, if that one was given up and was obeyed.
    pub(crate) fn rebased(&mut self, mut call: Call, mutant: Option<&str>) -> Call {
        if call.script == Script::OwnerCommit
            && let Some((base, now)) = self.rebased
        {
            if base == call.own {
                call.own = now;
            }
            if mutant == Some("rebase once") {
                self.rebased = None;
            }
        }
        call
    }
}
