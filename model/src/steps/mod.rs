//! The steps of every command. Each other file here, except `turn`, follows the file of the same name in
//! `ref-core/src/backend/shm`.

mod allocate;
mod borrow;
mod commit;
mod lend;
mod own;
mod reclaim;
mod recover;
mod turn;
mod unowned;

pub(crate) use turn::{Done, Turn};

use crate::state::{At, Id, Lease, Memory, State, Ticket};

/// The commands that a process may give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "they are the ledger's commands")]
pub enum Command {
    Put,
    Lend,
    Offer,
    Reissue,
    End,
    Revoke,
    Write,
    DropOwner,
    Send,
    Detach,
    /// Redeems a shared ticket: the newest (0), or the one before the newest (1). `Take` and `Claim` choose their
    /// tickets alike.
    Redeem(usize),
    Take(usize),
    Claim(usize),
    Return,
    Abort,
    Commit,
    /// Commits, and keeps the borrow.
    Checkpoint,
    Sweep(usize),
    Share,
    Reserve,
    Grant,
    Adopt,
    Evict,
}

impl Turn<'_> {
    pub(crate) fn step(&mut self) -> Done {
        let at = self.process().at();
        self.lend(at)
            .or_else(|| self.borrow(at))
            .or_else(|| self.abort(at))
            .or_else(|| self.commit(at))
            .or_else(|| self.write(at))
            .or_else(|| self.end_writer(at))
            .or_else(|| self.roll_forward(at))
            .or_else(|| self.own(at))
            .or_else(|| self.unowned(at))
            .or_else(|| self.reclaim(at))
            .or_else(|| self.undo_init(at))
            .or_else(|| self.recover(at))
            .unwrap_or(Done::Waits)
    }
}

/// Begins a command. Returns `None` if the process does not live, is in a command already, or may give no more
/// commands. Also returns `None` if the process lacks the handle, ticket or key that the command needs, or already has
/// a handle of the kind that the command makes.
pub(crate) fn begin(state: &State, me: usize, command: Command) -> Option<State> {
    let mut next = *state;
    let process = &mut next.processes[me];
    if !process.is_idle() || process.left == 0 {
        return None;
    }
    process.left -= 1;
    let owned = process.owned;
    let of = |lease: Option<Lease>| lease.map(|lease| lease.object);
    let ticket = |tickets: [Ticket; 2], nth: usize| Some(tickets[nth]).filter(|ticket| ticket.object.birth != 0);
    let key = Some(state.issued.key).filter(|key| key.birth != 0);
    let (at, object, shown) = match command {
        Command::Put if owned.is_none() => (At::Put, Id::default(), Ticket::default()),
        Command::Put => return None,
        Command::Lend => (At::Lend, owned?.object, Ticket::default()),
        Command::Offer => (At::Offer, owned?.object, Ticket::default()),
        Command::Reissue => (At::Reissue, owned?.object, Ticket::default()),
        Command::End => (At::End, owned?.object, Ticket::default()),
        Command::Revoke => (At::Revoke, owned?.object, Ticket::default()),
        Command::Write => (At::Write, owned?.object, Ticket::default()),
        Command::DropOwner => (At::DropOwner, owned?.object, Ticket::default()),
        Command::Send => (At::Send, owned?.object, Ticket::default()),
        Command::Detach => (At::Detach, owned?.object, Ticket::default()),
        Command::Redeem(nth) if process.shared.is_none() => {
            let ticket = ticket(state.issued.shared, nth)?;
            (At::Redeem, ticket.object, ticket)
        }
        Command::Take(nth) if process.exclusive.is_none() => {
            let ticket = ticket(state.issued.exclusive, nth)?;
            (At::Take, ticket.object, ticket)
        }
        Command::Claim(nth) if owned.is_none() => {
            let ticket = ticket(state.issued.sent, nth)?;
            (At::Claim, ticket.object, ticket)
        }
        Command::Redeem(_) | Command::Take(_) | Command::Claim(_) => return None,
        Command::Return => (At::Return, of(process.shared)?, Ticket::default()),
        Command::Abort => (At::Abort, of(process.exclusive.or(process.reserved))?, Ticket::default()),
        Command::Commit | Command::Checkpoint => (At::Commit, of(process.exclusive)?, Ticket::default()),
        Command::Sweep(nth) => (At::Sweep, Id { record: nth as u8, birth: 0 }, Ticket::default()),
        Command::Share if process.shared.is_none() => (At::Share, key?, Ticket::default()),
        Command::Reserve if process.exclusive.or(process.reserved).is_none() => (At::Reserve, key?, Ticket::default()),
        Command::Adopt if owned.is_none() => (At::Adopt, key?, Ticket::default()),
        Command::Share | Command::Reserve | Command::Adopt => return None,
        Command::Evict => (At::Evict, key?, Ticket::default()),
        Command::Grant => (At::Grant, of(process.reserved)?, Ticket::default()),
    };
    let token = process.exclusive.or(process.reserved).map_or(0, |lease| lease.token);
    let keeps = command == Command::Checkpoint;
    process.memory = Memory { object, shown, token, keeps, ..Memory::default() };
    process.stack[0] = at;
    Some(next)
}
