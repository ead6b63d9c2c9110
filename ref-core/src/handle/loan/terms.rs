//! What a loan grants, and the tickets for it.

use crate::backend::Place;
use crate::error::{AccessKind, Conflict, Held};
use crate::handle::ticket::Pass;
use crate::id::{Epoch, Nonce};
use crate::ledger::{Command, Reply};
use crate::store::object::{Mark, RawOwned, unexpected};
use crate::stored::{self, Stored};
use crate::sync::{Mutex, lock};
use crate::{Error, ErrorKind, Result};

/// What one loan grants.
pub(in crate::handle) enum Terms {
    Shared(Epoch),
    /// The secret, until a ticket has it.
    Exclusive(Mutex<Option<Nonce>>),
}

impl Terms {
    pub(in crate::handle) fn shared(epoch: Epoch) -> Self {
        Self::Shared(epoch)
    }

    pub(in crate::handle) fn exclusive(nonce: Nonce) -> Self {
        Self::Exclusive(Mutex::new(Some(nonce)))
    }

    /// A ticket's content.
    pub(in crate::handle) fn ticket<T: Stored>(&self, owner: &RawOwned) -> Result<Pass> {
        let (number, nonce) = match self {
            Self::Shared(epoch) if is_open(owner, *epoch) => (epoch.0, Nonce([0; 16])),
            Self::Shared(_) => return Err(closed()),
            Self::Exclusive(nonce) => (0, lock(nonce).take().ok_or_else(|| self.made_already(owner))?),
        };
        Ok(pass::<T>(owner, number, nonce))
    }

    /// Whether an exclusive ticket is out: its borrower may be on its way.
    pub(in crate::handle) fn is_out(&self) -> bool {
        matches!(self, Self::Exclusive(nonce) if lock(nonce).is_none())
    }

    /// The content of an exclusive ticket that takes the place of the one before.
    pub(in crate::handle) fn reissue<T: Stored>(&self, owner: &RawOwned, at: Place) -> Result<Pass> {
        let nonce = Nonce::random()?;
        let command = Command::Reissue { right: nonce.right() };
        let object = owner.lock().object;
        match owner.store().backend().apply(object, command, &[], at)? {
            Reply::Opened(_) => {}
            reply => return Err(unexpected(reply)),
        }
        if let Self::Exclusive(first) = self {
            *lock(first) = None;
        }
        Ok(pass::<T>(owner, 0, nonce))
    }

    fn made_already(&self, owner: &RawOwned) -> Error {
        self.conflict(owner, "the one ticket of this exclusive loan was made already", Held::Exclusive)
            .with_remedy("`reissue` makes another one and voids the first")
    }

    pub(super) fn conflict(&self, owner: &RawOwned, what: &str, held: Held) -> Error {
        let asked = match self {
            Self::Shared(_) => AccessKind::Shared,
            Self::Exclusive(_) => AccessKind::Exclusive,
        };
        let conflict = Conflict { object: owner.lock().object, asked, held, holders: Vec::new() };
        Error::new(ErrorKind::Conflict, what).with_conflict(conflict)
    }
}

fn is_open(owner: &RawOwned, mine: Epoch) -> bool {
    matches!(owner.lock().mark, Mark::Shared { epoch, open: true, .. } if epoch == mine)
}

fn pass<T: Stored>(owner: &RawOwned, number: u64, nonce: Nonce) -> Pass {
    let (store, object) = (owner.store().id(), owner.lock().object);
    Pass { store, object, number, nonce, known: stored::of::<T>() }
}

fn closed() -> Error {
    Error::new(ErrorKind::Expired, "this loan was closed to new borrowers when it was being ended")
        .with_remedy("lend again for a new ticket")
}
