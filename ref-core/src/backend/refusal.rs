//! The errors for calls that a backend refuses: what was asked, which process holds the object, and what to do.

use crate::error::{AccessKind, Conflict, Error, ErrorKind, HeldAs, Holder, Holders};
use crate::id::ObjectId;
use crate::ledger::{Command, Refusal};

/// Returns the error for an address that cannot be read. `forms` says which forms of addresses can be read.
pub(super) fn bad_address(text: &str, why: &str, forms: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("cannot open a store at `{}`: {why}", text.escape_debug()))
        .with_remedy(format!("write {forms}"))
}

/// Returns the error for an address that only another build of this crate can open. The message has only the beginning
/// of the address: the rest may have a password in it.
#[allow(dead_code, reason = "a build with all features serves all addresses")]
pub(super) fn not_in_this_build(prefix: &str, remedy: &'static str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("this build of `ref-core` cannot open `{prefix}` addresses"))
        .with_remedy(remedy)
}

/// Returns the error for a call in a forked child, which has copies of its parent's handles.
pub(crate) fn forked() -> Error {
    Error::new(ErrorKind::Forked, "this handle belongs to the process that this one was forked from").with_remedy(
        "start the child as a program of its own (`std::process::Command`), pass it a ticket, and open the store there",
    )
}

/// Returns the error for a call in a session whose lease has run out.
pub(crate) fn session_over() -> Error {
    Error::new(
        ErrorKind::SessionLost,
        "this session's lease has run out: the store's server did not hear of it in time",
    )
    .with_remedy(
        "what is loaded can be read and taken out; open the store again, and `reattach` what this session owned",
    )
}

/// Returns the error for a refusal of the ledger. `holders` are the processes in the way.
pub(crate) fn refuse(object: ObjectId, command: Command, refusal: Refusal, holders: impl Into<Holders>) -> Error {
    let Holders { named: holders, count } = holders.into();
    let conflict = |held, holders| Conflict { object, asked: asked(command), held, holders, count };
    match refusal {
        Refusal::Conflict(held) => {
            let is_here = holders.iter().any(Holder::is_this_process);
            Error::new(ErrorKind::Conflict, format!("cannot {}", act(command)))
                .with_conflict(conflict(held, holders))
                .with_remedy(conflict_remedy(command, held, is_here))
        }
        Refusal::AlreadyRedeemed => {
            let (held, message) = match command {
                Command::Claim { .. } => (HeldAs::Owner, "this ownership ticket has been claimed already"),
                _ => (HeldAs::BorrowMut, "this exclusive ticket has been redeemed already"),
            };
            let known = !holders.is_empty();
            let error = Error::new(ErrorKind::AlreadyRedeemed, message)
                .with_remedy("such a ticket is good for one use; ask its sender for another");
            if known { error.with_conflict(conflict(held, holders)) } else { error }
        }
        Refusal::Expired if matches!(command, Command::Claim { .. }) => {
            Error::new(ErrorKind::Expired, "this ownership ticket was not claimed in time")
                .with_remedy("adopt the object by its key, or ask its present owner for another ticket")
        }
        Refusal::Expired => {
            Error::new(ErrorKind::Expired, format!("cannot {}: its loan or offer is over", act(command))).with_remedy(
                "the lender must keep its `Loan` alive until every borrower is done, then lend again for a new ticket",
            )
        }
        Refusal::Gone => Error::new(ErrorKind::Gone, format!("cannot {}: the object is gone", act(command)))
            .with_remedy(gone_remedy(command)),
        Refusal::Fenced => Error::new(ErrorKind::Fenced, format!("cannot {}: this lease was revoked", act(command)))
            .with_remedy(
                "nothing was changed; `commit_or_return` gives the value back: redeem a new ticket to try again",
            ),
        Refusal::Diverged => {
            Error::new(ErrorKind::Diverged, format!("cannot {}: the store has a newer version", act(command)))
                .with_remedy("borrow again to read it, and repeat the change on it")
        }
        Refusal::Exhausted => {
            Error::new(ErrorKind::Exhausted, format!("cannot {}: the object's counter is used up", act(command)))
                .with_remedy("put the value into the store anew")
        }
    }
}

/// Returns what the caller can do about a conflict. `is_here` says whether this process is among the named holders.
fn conflict_remedy(command: Command, held: HeldAs, is_here: bool) -> &'static str {
    match held {
        HeldAs::Borrow if is_here && matches!(command, Command::Adopt) => {
            "give back what this process has borrowed, and try again when others are done"
        }
        HeldAs::Borrow | HeldAs::BorrowMut if is_of_unowned(command) => "try again when they are done",
        HeldAs::Borrow | HeldAs::BorrowMut => {
            "wait for it, with the loan's `end` or without a loan handle with `end_loan`; or take it back, with `revoke` or \
             `revoke_loan`"
        }
        HeldAs::Owner => "only its owner can; ask for a ticket",
        HeldAs::InTransit => "claim its ticket first",
        HeldAs::Orphan => "`reattach` its owner, where that still has its handle; or adopt it by its key",
        HeldAs::Detached => "adopt it by its key first",
        HeldAs::Published => "borrow it by its name",
    }
}

/// Returns whether the command is one on an object without an owner.
fn is_of_unowned(command: Command) -> bool {
    use Command::{Adopt, Grant, Reserve, Share};
    matches!(command, Adopt | Share | Reserve | Grant)
}

fn gone_remedy(command: Command) -> &'static str {
    match command {
        Command::Claim { .. } => {
            "its ticket was claimed before and that owner is gone, or it was not claimed in time, or its sender's store is \
             gone; claim each ticket once, and sooner, or have the sender set a longer `StoreOptions::ticket_timeout`"
        }
        _ => "its owner dropped it, took it out, or died, or it was removed; own what is needed for longer",
    }
}

fn asked(command: Command) -> AccessKind {
    match command {
        Command::OpenShared | Command::RedeemShared { .. } | Command::Return { .. } => AccessKind::Borrow,
        Command::Get | Command::Share => AccessKind::Borrow,
        Command::OpenExclusive { .. } | Command::Reissue { .. } | Command::RedeemExclusive { .. } => {
            AccessKind::BorrowMut
        }
        Command::Abort { .. } | Command::Commit { .. } | Command::Checkpoint { .. } | Command::OwnerCommit { .. } => {
            AccessKind::BorrowMut
        }
        Command::Reserve | Command::Grant => AccessKind::BorrowMut,
        _ => AccessKind::Own,
    }
}

fn act(command: Command) -> &'static str {
    match command {
        Command::Put => "put this object",
        Command::OpenShared => "lend this object shared",
        Command::OpenExclusive { .. } => "lend this object exclusively",
        Command::Reissue { .. } => "reissue the ticket of this loan",
        Command::RedeemShared { .. } | Command::RedeemExclusive { .. } => "redeem this ticket",
        Command::Return { .. } | Command::Abort { .. } => "give this borrow back",
        Command::Commit { .. } | Command::Checkpoint { .. } => "commit this lease",
        Command::OwnerCommit { .. } => "write this object's new version",
        Command::End => "end this loan",
        Command::Revoke => "revoke this loan",
        Command::DropOwner => "drop this object",
        Command::Keep => "keep this object",
        Command::Send { .. } => "send this object",
        Command::Claim { .. } | Command::TransitExpired { .. } => "claim this ticket",
        Command::Detach | Command::DetachFor { .. } => "detach this object",
        Command::Extend { .. } => "extend the time of this object",
        Command::TimeExpired => "drop this object after its time",
        Command::Publish => "publish this object",
        Command::Adopt => "adopt this object",
        Command::Get | Command::Share => "read this object",
        Command::Evict => "evict this object",
        Command::Reserve | Command::Grant => "borrow this object exclusively",
    }
}
