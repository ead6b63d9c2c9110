//! The terms of a loan, and its tickets.

use crate::backend::Caller;
use crate::error::{AccessKind, Conflict, Error, ErrorKind, HeldAs, Result};
use crate::handle::ticket::handle::{new_ticket, ticket_with_sent};
use crate::handle::ticket::{Grant, Pass, Sent, Ticket};
use crate::id::{Epoch, Nonce};
use crate::ledger::{Command, Reply};
use crate::store::functions::FunctionsOf;
use crate::store::object::{LentState, RawOwned, unexpected};
use crate::sync::{Mutex, lock};

/// The terms of one loan: the epoch of a shared loan, or the secret of an exclusive one.
pub(in crate::handle) enum Terms {
    Shared(Epoch),
    Exclusive(Mutex<Secret>),
}

/// The secret of an exclusive loan. Since the secret can be used once, either the loan or its newest ticket has it.
pub(in crate::handle) enum Secret {
    /// No ticket was made yet.
    Unused(Nonce),
    /// The newest ticket has the secret. The `Sent` says whether that ticket was written as text.
    InTicket(Sent),
}

impl Terms {
    pub(in crate::handle) fn shared(epoch: Epoch) -> Self {
        Self::Shared(epoch)
    }

    pub(in crate::handle) fn exclusive(nonce: Nonce) -> Self {
        Self::Exclusive(Mutex::new(Secret::Unused(nonce)))
    }

    pub(in crate::handle) fn ticket<T, A>(&self, owner: &RawOwned, functions: FunctionsOf<T>) -> Result<Ticket<T, A>> {
        match self {
            Self::Shared(epoch) if is_open(owner, *epoch) => {
                Ok(new_ticket(pass(owner, Grant::Borrow(*epoch), functions), functions))
            }
            Self::Shared(_) => Err(closed()),
            Self::Exclusive(secret) => {
                let mut secret = lock(secret);
                let Secret::Unused(nonce) = &*secret else { return Err(made_before()) };
                Ok(exclusive_ticket(pass(owner, Grant::BorrowMut(*nonce), functions), functions, &mut secret))
            }
        }
    }

    /// Returns whether an exclusive ticket was made that a borrower may still redeem. The loan cannot tell whether a
    /// ticket that was written as text is redeemed already.
    pub(in crate::handle) fn may_be_redeemed(&self) -> bool {
        let Self::Exclusive(secret) = self else { return false };
        matches!(&*lock(secret), Secret::InTicket(sent) if sent.may_be_redeemed())
    }

    /// Makes another exclusive ticket. After the reissue the ledger accepts only the new secret, so the earlier ticket
    /// is void.
    pub(in crate::handle) fn reissue<T, A>(
        &self,
        owner: &RawOwned,
        functions: FunctionsOf<T>,
        at: Caller,
    ) -> Result<Ticket<T, A>> {
        let nonce = owner.store().nonce()?;
        let object = owner.lock().object;
        let command = Command::Reissue { right: nonce.right() };
        let reissue = || match owner.store().backend().apply(object, command, &[], at)? {
            Reply::Opened(_) => Ok(pass(owner, Grant::BorrowMut(nonce), functions)),
            reply => Err(unexpected(reply)),
        };
        match self {
            // The lock is taken before the command. So a `wait` that sees the new offer in the ledger finds the new
            // ticket here.
            Self::Exclusive(secret) => {
                let mut secret = lock(secret);
                Ok(exclusive_ticket(reissue()?, functions, &mut secret))
            }
            Self::Shared(_) => reissue().map(|pass| new_ticket(pass, functions)),
        }
    }

    pub(super) fn conflict(&self, owner: &RawOwned, what: &str, held: HeldAs) -> Error {
        let asked = match self {
            Self::Shared(_) => AccessKind::Borrow,
            Self::Exclusive(_) => AccessKind::BorrowMut,
        };
        let conflict = Conflict { object: owner.lock().object, asked, held, holders: Vec::new(), count: 0 };
        Error::new(ErrorKind::Conflict, what).with_conflict(conflict)
    }
}

/// Makes an exclusive ticket, and notes in `secret` that this ticket has the secret.
fn exclusive_ticket<T, A>(pass: Pass, functions: FunctionsOf<T>, secret: &mut Secret) -> Ticket<T, A> {
    let sent = Sent::default();
    *secret = Secret::InTicket(sent.clone());
    ticket_with_sent(pass, sent, functions)
}

/// Returns whether the shared loan of the epoch `mine` still accepts borrowers.
fn is_open(owner: &RawOwned, mine: Epoch) -> bool {
    matches!(owner.lock().lent, LentState::Shared { epoch, open: true, .. } if epoch == mine)
}

fn pass<T>(owner: &RawOwned, grant: Grant, functions: FunctionsOf<T>) -> Pass {
    let (store, object) = (owner.store().id(), owner.lock().object);
    Pass::new(store, object, grant, (functions().known)())
}

fn made_before() -> Error {
    Error::new(ErrorKind::TicketMade, "the one ticket of this exclusive loan was made before")
        .with_remedy("while no borrower has redeemed it, `reissue` makes another one and voids the first")
}

fn closed() -> Error {
    Error::new(ErrorKind::Expired, "this loan was closed to new borrowers when it was being ended")
        .with_remedy("lend again for a new ticket")
}
