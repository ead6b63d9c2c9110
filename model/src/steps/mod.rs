//! The steps of every command. A file here follows the file of that name in `ref-core/src/backend/shm`.

mod borrow;
mod lend;
mod open;
mod own;
mod recover;

use crate::state::{At, Heard, Id, Lease, Mark, Memory, Owned, Process, State, Ticket};
use crate::words::{Mode, Record, Word};

/// One process's turn.
pub(crate) struct Turn<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) me: usize,
    pub(crate) mutant: Option<&'static str>,
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// The process is a step further.
    Went,
    /// It waits for somebody else.
    Waits,
}

/// What a process may begin.
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
    /// With the newest ticket, or the one before.
    Redeem(usize),
    Take(usize),
    Claim(usize),
    Return,
    Abort,
    Commit,
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
            .or_else(|| self.own(at))
            .or_else(|| self.open(at))
            .or_else(|| self.recover(at))
            .unwrap_or(Done::Waits)
    }

    pub(crate) fn mutant(&self, name: &str) -> bool {
        self.mutant == Some(name)
    }

    pub(crate) fn process(&mut self) -> &mut Process {
        &mut self.state.processes[self.me]
    }

    pub(crate) fn memory(&mut self) -> &mut Memory {
        &mut self.state.processes[self.me].memory
    }

    /// The record that the command is about.
    pub(crate) fn record(&mut self) -> &mut Record {
        let nth = self.memory().object.record;
        &mut self.state.records[usize::from(nth)]
    }

    pub(crate) fn goto(&mut self, at: At) -> Done {
        self.process().goto(at);
        Done::Went
    }

    pub(crate) fn call(&mut self, part: At, then: At) -> Done {
        self.process().call(part, then);
        Done::Went
    }

    pub(crate) fn back(&mut self) -> Done {
        self.process().back();
        Done::Went
    }

    /// The swap of the state word from exactly `from`.
    pub(crate) fn shift(&mut self, from: Word, to: Word) -> bool {
        let word = &mut self.record().state;
        let same = *word == from;
        if same {
            *word = to;
        }
        same
    }

    /// Whether the record still is that object's.
    pub(crate) fn is_same(&mut self) -> bool {
        let birth = self.memory().object.birth;
        self.record().birth == birth
    }

    /// Whether the process owns what the command is about.
    pub(crate) fn is_owner(&mut self) -> bool {
        let me = self.me;
        self.record().owner.is_slot(me)
    }
}

/// Begins a command, if the process has what it takes.
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
    let key = Some(state.heard.key).filter(|key| key.birth != 0);
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
            let ticket = ticket(state.heard.shared, nth)?;
            (At::Redeem, ticket.object, ticket)
        }
        Command::Take(nth) if process.exclusive.is_none() => {
            let ticket = ticket(state.heard.exclusive, nth)?;
            (At::Take, ticket.object, ticket)
        }
        Command::Claim(nth) if owned.is_none() => {
            let ticket = ticket(state.heard.sent, nth)?;
            (At::Claim, ticket.object, ticket)
        }
        Command::Redeem(_) | Command::Take(_) | Command::Claim(_) => return None,
        Command::Return => (At::Return, of(process.shared)?, Ticket::default()),
        Command::Abort => (At::Abort, of(process.exclusive.or(process.reserved))?, Ticket::default()),
        Command::Commit => (At::Commit, of(process.exclusive)?, Ticket::default()),
        Command::Sweep(nth) => (At::Sweep, Id { record: nth as u8, birth: 0 }, Ticket::default()),
        Command::Share if process.shared.is_none() => (At::Share, key?, Ticket::default()),
        Command::Reserve if process.exclusive.or(process.reserved).is_none() => (At::Reserve, key?, Ticket::default()),
        Command::Adopt if owned.is_none() => (At::Adopt, key?, Ticket::default()),
        Command::Share | Command::Reserve | Command::Adopt => return None,
        Command::Evict => (At::Evict, key?, Ticket::default()),
        Command::Grant => (At::Grant, of(process.reserved)?, Ticket::default()),
    };
    let token = process.exclusive.or(process.reserved).map_or(0, |lease| lease.token);
    process.memory = Memory { object, shown, token, ..Memory::default() };
    process.stack[0] = at;
    Some(next)
}

impl Turn<'_> {
    /// The owner learns that its object is at home, at `version`.
    pub(crate) fn come_home(&mut self, version: u8) {
        if let Some(owned) = &mut self.process().owned {
            owned.mark = Mark::Home;
            if owned.base != version {
                (owned.base, owned.loaded) = (version, false);
            }
        }
    }

    pub(crate) fn become_owner(&mut self, object: Id, base: u8, loaded: bool) {
        self.process().owned = Some(Owned { object, base, loaded, mark: Mark::Home });
    }

    /// Whether somebody alive holds the object of the command under a loan that was not revoked.
    pub(crate) fn is_held(&mut self) -> bool {
        let object = self.memory().object;
        let holds = |lease: Option<Lease>| lease.is_some_and(|lease| lease.object == object && !lease.revoked);
        self.state.alive().any(|process| holds(process.shared) || holds(process.exclusive))
    }

    pub(crate) fn hear_shared(&mut self, object: Id, number: u8) {
        Heard::hear(&mut self.state.heard.shared, Ticket { object, number, right: 0 });
    }

    pub(crate) fn hear_exclusive(&mut self, object: Id, right: u8) {
        Heard::hear(&mut self.state.heard.exclusive, Ticket { object, number: 0, right });
    }

    pub(crate) fn fits(&mut self) -> bool {
        let number = self.memory().shown.number;
        let state = self.record().state;
        state.mode == Mode::Shared && state.epoch == number && !state.doom
    }
}
