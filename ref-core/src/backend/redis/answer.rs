//! Translates the scripts' replies into the ledger's replies, and the scripts' refusals into errors.

use super::reply::{Granted, KnownVersion, Look, ScriptRefusal};
use crate::backend::{Stats, refuse};
use crate::error::{Error, ErrorKind, HeldAs};
use crate::id::ObjectId;
use crate::ledger::{Command, Refusal, Reply};

impl Granted {
    pub(super) fn version(&self) -> Option<&KnownVersion> {
        match self {
            Self::Shared(version, _) | Self::Joined(version, _) | Self::Exclusive(_, version) => Some(version),
            Self::Version(version) | Self::Adopted(_, version) => Some(version),
            Self::Revoked(version) | Self::Ended { version, .. } => Some(version),
            _ => None,
        }
    }

    pub(super) fn version_mut(&mut self) -> Option<&mut KnownVersion> {
        match self {
            Self::Shared(version, _) | Self::Joined(version, _) | Self::Exclusive(_, version) => Some(version),
            Self::Version(version) | Self::Adopted(_, version) => Some(version),
            Self::Revoked(version) | Self::Ended { version, .. } => Some(version),
            _ => None,
        }
    }

    pub(super) fn reply(self) -> Option<Reply> {
        Some(match self {
            Self::Done => Reply::Done,
            Self::Opened(epoch) => Reply::Opened(epoch),
            Self::Shared(version, _) | Self::Joined(version, _) => Reply::Shared { version: version.epoch },
            Self::Exclusive(token, version) => Reply::Exclusive { token, version: version.epoch },
            Self::Version(version) => Reply::Version(version.epoch),
            Self::Adopted(left, version) => Reply::Adopted { version: version.epoch, left },
            Self::Ended { redeemed, version, .. } => Reply::Ended { version: version.epoch, redeemed },
            Self::Revoked(version) => Reply::Revoked { version: version.epoch, moved: None },
            Self::Sent(seq) => Reply::Sent { seq },
            Self::Offered | Self::Queued { .. } | Self::Look(_) => return None,
        })
    }
}

impl Look {
    pub(super) fn count_in(&self, stats: &mut Stats) {
        stats.objects += 1;
        stats.bytes += self.version.length;
        match self.owner {
            't' => stats.in_transit += 1,
            'd' => stats.detached += 1,
            _ => {}
        }
        match self.loan {
            's' | 'c' => stats.lent_shared += 1,
            'o' | 't' => stats.lent_exclusively += 1,
            _ => {}
        }
    }
}

/// Returns the error for a refusal by a script.
pub(super) fn in_words(object: ObjectId, command: Command, refused: ScriptRefusal) -> Error {
    let refusal = match (&*refused.why, refused.held) {
        ("conflict", held) => Refusal::Conflict(held.unwrap_or(HeldAs::Borrow)),
        ("expired", _) => Refusal::Expired,
        ("redeemed", _) => Refusal::AlreadyRedeemed,
        ("gone", _) => Refusal::Gone,
        ("fenced", _) => Refusal::Fenced,
        ("diverged", _) => Refusal::Diverged,
        ("exhausted", _) => Refusal::Exhausted,
        _ => return not_a_store(),
    };
    refuse(object, command, refusal, refused.holders)
}

pub(super) fn gone(object: ObjectId) -> Error {
    refuse(object, Command::Get, Refusal::Gone, Vec::new())
}

/// Returns the error for a store whose keys have another layout than this build reads and writes.
pub(super) fn another_layout(found: &str, own: &str) -> Error {
    let what = format!("the store's keys have layout {found}, and this build of the crate uses layout {own}");
    Error::new(ErrorKind::Unsupported, what).with_remedy(
        "nothing was changed; open another store (`?store=NAME`), or build all programs of this one with one version of the crate",
    )
}

pub(super) fn not_a_store() -> Error {
    Error::new(ErrorKind::Corrupt, "the Redis server's answer does not fit the question")
        .with_remedy("is something else, or another version of this crate, writing under this store's name?")
}
