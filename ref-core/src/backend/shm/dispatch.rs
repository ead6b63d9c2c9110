//! Maps each command to the function that carries it out.

use super::content::NextVersion;
use super::denied::CommandResult;
use super::record::Record;
use super::session::Shm;
use super::state::OwnerKind;
use crate::backend::Caller;
use crate::error::HeldAs;
use crate::id::ObjectId;
use crate::ledger::{Command, Refusal, Reply};

/// Returns the result of a command on an object that is gone: `Done` if the command gives back or aborts a borrow,
/// `Fenced` for a borrower's commit or checkpoint, and otherwise `Gone`.
pub(super) fn absent(command: Command) -> CommandResult {
    match command {
        Command::Return { .. } | Command::Abort { .. } => Ok(Reply::Done),
        Command::Commit { .. } | Command::Checkpoint { .. } => Err(Refusal::Fenced.into()),
        _ => Err(Refusal::Gone.into()),
    }
}

/// Whether a refusal is about the object's owner. If the object is over, the result of [`absent`] replaces such a
/// refusal. The owner may be in the middle of dropping the object, and other sessions may have been told already that
/// it is gone.
pub(super) fn is_of_an_owner(command: Command, refusal: Refusal) -> bool {
    match refusal {
        Refusal::Conflict(held) => !matches!(held, HeldAs::Borrow | HeldAs::BorrowMut),
        Refusal::AlreadyRedeemed | Refusal::Expired => matches!(command, Command::Claim { .. }),
        _ => false,
    }
}

impl Shm {
    /// Carries out the two most frequent commands, to redeem a shared ticket and to return its borrow, without the loop
    /// in `apply`. Returns `None` for another command, for an object that is gone, and if the borrow is not granted at
    /// once.
    #[inline]
    pub(super) fn fast_path(&self, object: ObjectId, command: Command, at: Caller) -> Option<Reply> {
        let record = self.record(object)?;
        match command {
            // The version is read after the grant, while this session's bit keeps it.
            Command::RedeemShared { epoch } if self.redeem_at_once(record, epoch, at) => {
                Some(Reply::Shared { version: record.current() })
            }
            Command::Return { .. } => {
                self.return_shared(record);
                Some(Reply::Done)
            }
            _ => None,
        }
    }

    /// Carries out `command` on the record of `object`.
    pub(super) fn dispatch(
        &self,
        object: ObjectId,
        record: Record<'_>,
        command: Command,
        version: NextVersion<'_>,
        at: Caller,
    ) -> CommandResult {
        match command {
            Command::OpenShared => self.open_shared(record, at),
            Command::OpenExclusive { right } => self.open_exclusive(record, right, at),
            Command::Reissue { right } => self.reissue(record, right),
            Command::End => self.end(record),
            Command::Revoke => self.revoke(record, at),
            Command::RedeemShared { epoch } => self.redeem_shared(object, record, epoch, at),
            Command::RedeemExclusive { right } => self.redeem_exclusive(object, record, right, at),
            // The counts of a record are those of its own borrows: a revocation that finds readers moves the object to
            // another record.
            Command::Return { .. } => self.give_back(record),
            Command::Abort { token } => self.abort(record, token),
            Command::Commit { token } => self.commit(record, token, version),
            Command::Checkpoint { token } => self.checkpoint(record, token, version),
            Command::OwnerCommit { base } => self.owner_commit(record, base, version),
            Command::DropOwner => self.drop_owner(record),
            Command::Send { right } => self.send(record, right),
            Command::Claim { seq, right } => self.claim(record, seq, right, at),
            Command::TransitExpired { .. } => {
                self.drop_expired_transit(record);
                Ok(Reply::Done)
            }
            Command::Keep => self.keep(record),
            Command::Detach => self.detach(record, OwnerKind::Detached, None),
            Command::DetachFor { time } => self.detach(record, OwnerKind::Detached, Some(time)),
            Command::Publish => self.detach(record, OwnerKind::Published, None),
            Command::Extend { time } => self.extend(object, record, time),
            Command::TimeExpired => {
                self.drop_after_time(record);
                Ok(Reply::Done)
            }
            Command::Adopt => self.adopt(object, record, at),
            Command::Get => self.get(object, record),
            Command::Evict => self.evict(object, record),
            Command::Share => self.share(object, record, at),
            Command::Reserve => self.reserve(object, record),
            Command::Grant => self.grant(record, at),
            // `put` makes an object, and `object` exists already.
            Command::Put => Err(Refusal::Conflict(HeldAs::Owner).into()),
        }
    }
}
