//! The owner's side: a cached value, and a mark that says whether somebody else may have changed the object.

use super::world::{World, departure, offer};
use crate::id::Epoch;
use crate::ledger::{Command, Refusal, Reply, Session};

/// An owned handle, without its value: that it goes on from version `value` is all that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Owned {
    /// The version that the loaded value is, or was before its changes.
    pub(super) value: Option<Epoch>,
    pub(super) base: Epoch,
    pub(super) dirty: bool,
    pub(super) mark: Mark,
}

/// Where the object is, as far as its owner remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Mark {
    Home,
    Shared,
    Exclusive,
}

/// What an owner can do with its handle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Deed {
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

impl Deed {
    pub(super) fn all(world: &World) -> impl Iterator<Item = Self> + use<> {
        use Deed::*;
        let deeds =
            [Borrow, Change, Flush, Unload, Lend, LendMut, Reissue, Close, End, Revoke, Send, Detach, Publish, Drop];
        let bases = (1..=world.object.last.0).map(|base| Overwrite(Epoch(base)));
        deeds.into_iter().chain([Overlend, Oversend, Overdetach]).chain(bases)
    }
}

impl World {
    /// Uses the handle as a program would. Its refusals are the ledger's.
    pub(super) fn use_handle(&mut self, who: Session, deed: Deed) -> Result<(), Refusal> {
        match deed {
            Deed::Borrow => self.borrow(who),
            Deed::Change => self.change(who),
            Deed::Flush => self.flush(who),
            Deed::Unload => self.unload(who),
            Deed::Lend => self.lend(who),
            Deed::LendMut => self.lend_mut(who),
            Deed::Reissue => {
                let right = offer(self.object.last.0 + 1);
                self.ask(who, Command::Reissue { right }).map(drop)
            }
            Deed::Close => self.ask(who, Command::End).map(drop), // the mark stays as it was
            Deed::End => self.come_home(who),
            Deed::Revoke => self.revoke(who),
            Deed::Send => {
                let right = departure(self.object.seq + 1);
                self.part(who, Command::Send { right })
            }
            Deed::Detach => self.part(who, Command::Detach),
            Deed::Publish => self.part(who, Command::Publish),
            Deed::Drop => self.ask(who, Command::DropOwner).map(drop),
            Deed::Overwrite(base) => self.write(who, base),
            Deed::Overlend => self.write_changes(who).and_then(|()| self.offer(who)),
            Deed::Oversend => {
                let right = departure(self.object.seq + 1);
                self.ask(who, Command::Send { right }).map(drop)
            }
            Deed::Overdetach => self.ask(who, Command::Detach).map(drop),
        }
    }

    fn owned(&mut self, who: Session) -> &mut Owned {
        self.person(who).owned.as_mut().expect("only owners use handles")
    }

    /// The slow path: ends the loan, and forgets a value that is not the object's any more.
    fn come_home(&mut self, who: Session) -> Result<(), Refusal> {
        if self.owned(who).mark == Mark::Home {
            return Ok(());
        }
        match self.ask(who, Command::End)? {
            Reply::Ended { version, .. } => self.arrive(who, version),
            other => panic!("End was answered {other:?}"),
        }
        Ok(())
    }

    fn arrive(&mut self, who: Session, version: Epoch) {
        let owned = self.owned(who);
        owned.mark = Mark::Home;
        if owned.base != version {
            (owned.value, owned.base) = (None, version);
        }
    }

    fn load(&mut self, who: Session) {
        let version = self.object.version;
        let owned = self.owned(who);
        if owned.value.is_none() {
            (owned.value, owned.base) = (Some(version), version);
        }
    }

    fn borrow(&mut self, who: Session) -> Result<(), Refusal> {
        if self.owned(who).mark == Mark::Exclusive {
            self.come_home(who)?;
        }
        self.load(who);
        Ok(())
    }

    fn change(&mut self, who: Session) -> Result<(), Refusal> {
        self.come_home(who)?;
        self.load(who);
        self.owned(who).dirty = true;
        Ok(())
    }

    fn flush(&mut self, who: Session) -> Result<(), Refusal> {
        self.come_home(who)?;
        self.write_changes(who)
    }

    fn write_changes(&mut self, who: Session) -> Result<(), Refusal> {
        match *self.owned(who) {
            Owned { base, dirty: true, .. } => self.write(who, base),
            _ => Ok(()),
        }
    }

    fn write(&mut self, who: Session, base: Epoch) -> Result<(), Refusal> {
        match self.ask(who, Command::OwnerCommit { base })? {
            Reply::Version(version) => {
                let owned = self.owned(who);
                (owned.value, owned.base, owned.dirty) = (Some(version), version, false);
                Ok(())
            }
            other => panic!("OwnerCommit was answered {other:?}"),
        }
    }

    fn unload(&mut self, who: Session) -> Result<(), Refusal> {
        self.flush(who)?;
        self.owned(who).value = None;
        Ok(())
    }

    /// Overlaps with other shared loans, so it leaves them alone.
    fn lend(&mut self, who: Session) -> Result<(), Refusal> {
        if self.owned(who).mark != Mark::Shared {
            self.flush(who)?;
        }
        self.ask(who, Command::OpenShared)?;
        self.owned(who).mark = Mark::Shared;
        Ok(())
    }

    /// Gives the value up, and keeps its base.
    fn lend_mut(&mut self, who: Session) -> Result<(), Refusal> {
        self.flush(who)?;
        self.offer(who)
    }

    fn offer(&mut self, who: Session) -> Result<(), Refusal> {
        let right = offer(self.object.last.0 + 1);
        self.ask(who, Command::OpenExclusive { right })?;
        let owned = self.owned(who);
        (owned.value, owned.mark) = (None, Mark::Exclusive);
        Ok(())
    }

    fn revoke(&mut self, who: Session) -> Result<(), Refusal> {
        match self.ask(who, Command::Revoke)? {
            Reply::Revoked { version, .. } => self.arrive(who, version),
            other => panic!("Revoke was answered {other:?}"),
        }
        Ok(())
    }

    fn part(&mut self, who: Session, command: Command) -> Result<(), Refusal> {
        self.flush(who)?;
        self.ask(who, command).map(drop)
    }
}
