//! What a recording says of commands and replies.

use crate::backend::Pieces;
use crate::error::Result;
use crate::id::Epoch;
use crate::ledger::{Command, Reply};

/// Returns how many bytes the pieces have.
pub(super) fn length(bytes: Pieces<'_>) -> usize {
    bytes.iter().map(|piece| piece.len()).sum()
}

/// Returns the word for a command. `docs/command.md` has the words.
pub(super) fn act(command: Command) -> &'static str {
    match command {
        Command::Put => "put",
        Command::OpenShared => "lend",
        Command::OpenExclusive { .. } => "lend_mut",
        Command::Reissue { .. } => "reissue",
        Command::RedeemShared { .. } => "borrow",
        Command::RedeemExclusive { .. } => "borrow_mut",
        Command::Return { .. } => "return",
        Command::Abort { .. } => "abort",
        Command::Commit { .. } => "commit",
        Command::Checkpoint { .. } => "checkpoint",
        Command::OwnerCommit { .. } => "write",
        Command::End => "end",
        Command::Revoke => "revoke",
        Command::DropOwner => "drop",
        Command::Keep => "keep",
        Command::Send { .. } => "send",
        Command::Claim { .. } => "claim",
        Command::TransitExpired { .. } | Command::TimeExpired => "expire",
        Command::Detach | Command::DetachFor { .. } => "detach",
        Command::Extend { .. } => "extend",
        Command::Publish => "publish",
        Command::Adopt => "adopt",
        Command::Get => "get",
        Command::Evict => "remove",
        Command::Share => "share",
        Command::Reserve => "reserve",
        Command::Grant => "grant",
    }
}

/// Returns the version that a reply names.
pub(super) fn version_in(reply: &Result<Reply>) -> Option<Epoch> {
    match reply {
        Ok(Reply::Exclusive { version, .. } | Reply::Shared { version } | Reply::Version(version)) => Some(*version),
        Ok(Reply::Adopted { version, .. }) => Some(*version),
        _ => None,
    }
}

/// Says what a reply adds to its command.
pub(super) fn added(reply: &Result<Reply>) -> String {
    match (version_in(reply), reply) {
        (Some(version), _) => format!("version {}", version.0),
        (None, Ok(Reply::Revoked { moved: Some(object), .. })) => format!("moved {object}"),
        _ => String::new(),
    }
}
