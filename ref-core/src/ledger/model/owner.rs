//! The owner's handle: a cached value, and a mark that says whether another session may have changed the object.

use super::world::{World, departure, offer};
use crate::id::Epoch;
use crate::ledger::{Command, Refusal, Reply, SessionId};

/// An owner's handle. Of its value, only the version that it goes on from matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Owned {
    /// The version that the loaded value is, or was before its changes.
    pub(super) value: Option<Epoch>,
    pub(super) base: Epoch,
    pub(super) dirty: bool,
    pub(super) mark: LoanMark,
}

/// How the object is lent, as far as its owner remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum LoanMark {
    Idle,
    Shared,
    Exclusive,
}

/// What an owner can do with its handle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum HandleCall {
    Borrow,
    Change,
    Flush,
    Unload,
    Lend,
    LendMut,
    Reissue,
    /// A loan handle is dropped.
    Close,
    End,
    Revoke,
    Send,
    Detach,
    Publish,
    Drop,
    /// Writes on top of this version, whatever is lent.
    Overwrite(Epoch),
    /// Lends, sends or detaches, whatever is lent already.
    Overlend,
    Oversend,
    Overdetach,
}

impl HandleCall {
    pub(super) fn all(world: &World) -> impl Iterator<Item = Self> + use<> {
        use HandleCall::*;
        let calls =
            [Borrow, Change, Flush, Unload, Lend, LendMut, Reissue, Close, End, Revoke, Send, Detach, Publish, Drop];
        let bases = (1..=world.object.last.0).map(|base| Overwrite(Epoch(base)));
        calls.into_iter().chain([Overlend, Oversend, Overdetach]).chain(bases)
    }
}

impl World {
    /// Uses the handle as a program would, with the ledger's refusals.
    pub(super) fn use_handle(&mut self, who: SessionId, call: HandleCall) -> Result<(), Refusal> {
        match call {
            HandleCall::Borrow => self.borrow(who),
            HandleCall::Change => self.change(who),
            HandleCall::Flush => self.flush(who),
            HandleCall::Unload => self.unload(who),
            HandleCall::Lend => self.lend(who),
            HandleCall::LendMut => self.lend_mut(who),
            HandleCall::Reissue => {
                let right = offer(self.object.last.0 + 1);
                self.ask(who, Command::Reissue { right }).map(drop)
            }
            HandleCall::Close => self.ask(who, Command::End).map(drop), // the mark stays as it was
            HandleCall::End => self.end_loan(who),
            HandleCall::Revoke => self.revoke(who),
            HandleCall::Send => {
                let right = departure(self.object.seq + 1);
                self.leave(who, Command::Send { right })
            }
            HandleCall::Detach => self.leave(who, Command::Detach),
            HandleCall::Publish => self.leave(who, Command::Publish),
            HandleCall::Drop => self.ask(who, Command::DropOwner).map(drop),
            HandleCall::Overwrite(base) => self.write(who, base),
            HandleCall::Overlend => self.write_changes(who).and_then(|()| self.offer(who)),
            HandleCall::Oversend => {
                let right = departure(self.object.seq + 1);
                self.ask(who, Command::Send { right }).map(drop)
            }
            HandleCall::Overdetach => self.ask(who, Command::Detach).map(drop),
        }
    }

    fn owned(&mut self, who: SessionId) -> &mut Owned {
        self.participant(who).owned.as_mut().expect("only owners use handles")
    }

    /// Ends the loan, and forgets a value that is not the object's any more.
    fn end_loan(&mut self, who: SessionId) -> Result<(), Refusal> {
        if self.owned(who).mark == LoanMark::Idle {
            return Ok(());
        }
        match self.ask(who, Command::End)? {
            Reply::Ended { version, .. } => self.loan_is_over(who, version),
            other => panic!("End was answered {other:?}"),
        }
        Ok(())
    }

    fn loan_is_over(&mut self, who: SessionId, version: Epoch) {
        let owned = self.owned(who);
        owned.mark = LoanMark::Idle;
        if owned.base != version {
            (owned.value, owned.base) = (None, version);
        }
    }

    fn load(&mut self, who: SessionId) {
        let version = self.object.version;
        let owned = self.owned(who);
        if owned.value.is_none() {
            (owned.value, owned.base) = (Some(version), version);
        }
    }

    fn borrow(&mut self, who: SessionId) -> Result<(), Refusal> {
        if self.owned(who).mark == LoanMark::Exclusive {
            self.end_loan(who)?;
        }
        self.load(who);
        Ok(())
    }

    fn change(&mut self, who: SessionId) -> Result<(), Refusal> {
        self.end_loan(who)?;
        self.load(who);
        self.owned(who).dirty = true;
        Ok(())
    }

    fn flush(&mut self, who: SessionId) -> Result<(), Refusal> {
        self.end_loan(who)?;
        self.write_changes(who)
    }

    fn write_changes(&mut self, who: SessionId) -> Result<(), Refusal> {
        match *self.owned(who) {
            Owned { base, dirty: true, .. } => self.write(who, base),
            _ => Ok(()),
        }
    }

    fn write(&mut self, who: SessionId, base: Epoch) -> Result<(), Refusal> {
        match self.ask(who, Command::OwnerCommit { base })? {
            Reply::Version(version) => {
                let owned = self.owned(who);
                (owned.value, owned.base, owned.dirty) = (Some(version), version, false);
                Ok(())
            }
            other => panic!("OwnerCommit was answered {other:?}"),
        }
    }

    fn unload(&mut self, who: SessionId) -> Result<(), Refusal> {
        self.flush(who)?;
        self.owned(who).value = None;
        Ok(())
    }

    /// Lends beside other shared loans, and ends none of them.
    fn lend(&mut self, who: SessionId) -> Result<(), Refusal> {
        if self.owned(who).mark != LoanMark::Shared {
            self.flush(who)?;
        }
        self.ask(who, Command::OpenShared)?;
        self.owned(who).mark = LoanMark::Shared;
        Ok(())
    }

    /// Gives the value up, and keeps its base.
    fn lend_mut(&mut self, who: SessionId) -> Result<(), Refusal> {
        self.flush(who)?;
        self.offer(who)
    }

    fn offer(&mut self, who: SessionId) -> Result<(), Refusal> {
        let right = offer(self.object.last.0 + 1);
        self.ask(who, Command::OpenExclusive { right })?;
        let owned = self.owned(who);
        (owned.value, owned.mark) = (None, LoanMark::Exclusive);
        Ok(())
    }

    fn revoke(&mut self, who: SessionId) -> Result<(), Refusal> {
        match self.ask(who, Command::Revoke)? {
            Reply::Revoked { version, .. } => self.loan_is_over(who, version),
            other => panic!("Revoke was answered {other:?}"),
        }
        Ok(())
    }

    fn leave(&mut self, who: SessionId, command: Command) -> Result<(), Refusal> {
        self.flush(who)?;
        self.ask(who, command).map(drop)
    }
}
