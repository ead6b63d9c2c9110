//! The owner's handle: a cached value, and a mark that says how the object is lent.

use super::world::{TIME, World, departure, offer};
use crate::id::Epoch;
use crate::ledger::{Command, Refusal, Reply, SessionId};

/// An owner's handle. The model has only the version of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Owned {
    /// The version of the loaded value, from before its changes; `None` if no value is loaded.
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
    /// Drops the handle of a loan.
    Close,
    End,
    Revoke,
    Keep,
    Send,
    Detach,
    DetachFor,
    Publish,
    Drop,
    /// Writes on top of this version, even if the object is lent.
    Overwrite(Epoch),
    /// Lends exclusively, even if the object is lent already.
    Overlend,
    /// Sends the object, even if the object is lent.
    Oversend,
    /// Detaches the object, even if the object is lent.
    Overdetach,
}

impl HandleCall {
    pub(super) fn all(world: &World) -> impl Iterator<Item = Self> + use<> {
        use HandleCall::*;
        let calls = [
            Borrow, Change, Flush, Unload, Lend, LendMut, Reissue, Close, End, Revoke, Keep, Send, Detach, DetachFor,
            Publish, Drop,
        ];
        let bases = (1..=world.object.last.0).map(|base| Overwrite(Epoch(base)));
        calls.into_iter().chain([Overlend, Oversend, Overdetach]).chain(bases)
    }
}

impl World {
    /// Uses the handle as a program would. Returns the ledger's refusal if there is one.
    pub(super) fn use_handle(&mut self, session: SessionId, call: HandleCall) -> Result<(), Refusal> {
        match call {
            HandleCall::Borrow => self.borrow(session),
            HandleCall::Change => self.change(session),
            HandleCall::Flush => self.flush(session),
            HandleCall::Unload => self.unload(session),
            HandleCall::Lend => self.lend(session),
            HandleCall::LendMut => self.lend_mut(session),
            HandleCall::Reissue => {
                let right = offer(self.object.last.0 + 1);
                self.ask(session, Command::Reissue { right }).map(drop)
            }
            HandleCall::Close => self.ask(session, Command::End).map(drop), // The mark stays as it was.
            HandleCall::End => self.end_loan(session),
            HandleCall::Revoke => self.revoke(session),
            HandleCall::Keep => self.ask(session, Command::Keep).map(drop),
            HandleCall::Send => {
                let right = departure(self.object.next_departure());
                self.leave(session, Command::Send { right })
            }
            HandleCall::Detach => self.leave(session, Command::Detach),
            HandleCall::DetachFor => self.leave(session, Command::DetachFor { time: TIME }),
            HandleCall::Publish => self.leave(session, Command::Publish),
            HandleCall::Drop => self.ask(session, Command::DropOwner).map(drop),
            HandleCall::Overwrite(base) => self.write(session, base),
            HandleCall::Overlend => self.write_changes(session).and_then(|()| self.offer(session)),
            HandleCall::Oversend => {
                let right = departure(self.object.next_departure());
                self.ask(session, Command::Send { right }).map(drop)
            }
            HandleCall::Overdetach => self.ask(session, Command::Detach).map(drop),
        }
    }

    fn owned(&mut self, session: SessionId) -> &mut Owned {
        self.participant(session).owned.as_mut().expect("only owners use handles")
    }

    /// Ends the loan if the object is lent, and forgets the loaded value if a borrower has committed another one.
    fn end_loan(&mut self, session: SessionId) -> Result<(), Refusal> {
        if self.owned(session).mark == LoanMark::Idle {
            return Ok(());
        }
        match self.ask(session, Command::End)? {
            Reply::Ended { version, .. } => self.loan_is_over(session, version),
            other => panic!("End was answered {other:?}"),
        }
        Ok(())
    }

    fn loan_is_over(&mut self, session: SessionId, version: Epoch) {
        let owned = self.owned(session);
        owned.mark = LoanMark::Idle;
        if owned.base != version {
            (owned.value, owned.base) = (None, version);
        }
    }

    fn load(&mut self, session: SessionId) {
        let version = self.object.version;
        let owned = self.owned(session);
        if owned.value.is_none() {
            (owned.value, owned.base) = (Some(version), version);
        }
    }

    fn borrow(&mut self, session: SessionId) -> Result<(), Refusal> {
        if self.owned(session).mark == LoanMark::Exclusive {
            self.end_loan(session)?;
        }
        self.load(session);
        Ok(())
    }

    fn change(&mut self, session: SessionId) -> Result<(), Refusal> {
        self.end_loan(session)?;
        self.load(session);
        self.owned(session).dirty = true;
        Ok(())
    }

    fn flush(&mut self, session: SessionId) -> Result<(), Refusal> {
        self.end_loan(session)?;
        self.write_changes(session)
    }

    fn write_changes(&mut self, session: SessionId) -> Result<(), Refusal> {
        match *self.owned(session) {
            Owned { base, dirty: true, .. } => self.write(session, base),
            _ => Ok(()),
        }
    }

    fn write(&mut self, session: SessionId, base: Epoch) -> Result<(), Refusal> {
        match self.ask(session, Command::OwnerCommit { base })? {
            Reply::Version(version) => {
                let owned = self.owned(session);
                (owned.value, owned.base, owned.dirty) = (Some(version), version, false);
                Ok(())
            }
            other => panic!("OwnerCommit was answered {other:?}"),
        }
    }

    fn unload(&mut self, session: SessionId) -> Result<(), Refusal> {
        self.flush(session)?;
        self.owned(session).value = None;
        Ok(())
    }

    /// Lends shared, and does not end a shared loan that the handle has made before.
    fn lend(&mut self, session: SessionId) -> Result<(), Refusal> {
        if self.owned(session).mark != LoanMark::Shared {
            self.flush(session)?;
        }
        self.ask(session, Command::OpenShared)?;
        self.owned(session).mark = LoanMark::Shared;
        Ok(())
    }

    /// Lends exclusively. Gives the value up, and keeps its base.
    fn lend_mut(&mut self, session: SessionId) -> Result<(), Refusal> {
        self.flush(session)?;
        self.offer(session)
    }

    fn offer(&mut self, session: SessionId) -> Result<(), Refusal> {
        let right = offer(self.object.last.0 + 1);
        self.ask(session, Command::OpenExclusive { right })?;
        let owned = self.owned(session);
        (owned.value, owned.mark) = (None, LoanMark::Exclusive);
        Ok(())
    }

    fn revoke(&mut self, session: SessionId) -> Result<(), Refusal> {
        match self.ask(session, Command::Revoke)? {
            Reply::Revoked { version, .. } => self.loan_is_over(session, version),
            other => panic!("Revoke was answered {other:?}"),
        }
        Ok(())
    }

    fn leave(&mut self, session: SessionId, command: Command) -> Result<(), Refusal> {
        self.flush(session)?;
        self.ask(session, command).map(drop)
    }
}
