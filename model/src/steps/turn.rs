//! The turn of a process, and how a step reads and changes the process, its memory and a record.

use crate::state::{At, Id, IssuedTickets, Lease, Memory, Owned, OwnerMark, Process, State, Ticket};
use crate::words::{Mode, Record, StateWord};

/// The turn of one process.
pub(crate) struct Turn<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) me: usize,
    pub(crate) mutant: Option<&'static str>,
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// The process has done its step.
    Went,
    /// The process has to wait for another one, and the turn does not count.
    Waits,
}

impl Turn<'_> {
    pub(crate) fn mutant(&self, name: &str) -> bool {
        self.mutant == Some(name)
    }

    pub(crate) fn process(&mut self) -> &mut Process {
        &mut self.state.processes[self.me]
    }

    pub(crate) fn memory(&mut self) -> &mut Memory {
        &mut self.state.processes[self.me].memory
    }

    /// Returns the record that the command is about.
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

    /// Swaps the state word from `from` to `to`, if the word is `from`. Returns whether the word was swapped.
    pub(crate) fn swap_state(&mut self, from: StateWord, to: StateWord) -> bool {
        let word = &mut self.record().state;
        let same = *word == from;
        if same {
            *word = to;
        }
        same
    }

    /// Returns whether the record still belongs to the object of the command.
    pub(crate) fn is_same(&mut self) -> bool {
        let birth = self.memory().object.birth;
        self.record().birth == birth
    }

    /// Returns whether the process owns the object of the command.
    pub(crate) fn is_owner(&mut self) -> bool {
        let me = self.me;
        self.record().owner.is_slot(me)
    }

    pub(super) fn change(&mut self, then: At, change: impl FnOnce(&mut Record)) -> Done {
        change(self.record());
        self.goto(then)
    }

    /// Tells the owner's handle that the object is not lent any more, and which version is current.
    pub(crate) fn loan_is_over(&mut self, version: u8) {
        if let Some(owned) = &mut self.process().owned {
            owned.mark = OwnerMark::NotLent;
            if owned.base != version {
                (owned.base, owned.loaded) = (version, false);
            }
        }
    }

    pub(crate) fn become_owner(&mut self, object: Id, base: u8, loaded: bool) {
        self.process().owned = Some(Owned { object, base, loaded, mark: OwnerMark::NotLent });
    }

    /// Returns whether a live process holds the object of the command under a loan that was not revoked.
    pub(crate) fn is_held(&mut self) -> bool {
        let object = self.memory().object;
        let holds = |lease: Option<Lease>| lease.is_some_and(|lease| lease.object == object && !lease.revoked);
        self.state.alive().any(|process| holds(process.shared) || holds(process.exclusive))
    }

    pub(crate) fn issue_shared(&mut self, object: Id, number: u8) {
        IssuedTickets::issue(&mut self.state.issued.shared, Ticket { object, number, right: 0 });
    }

    pub(crate) fn issue_exclusive(&mut self, object: Id, right: u8) {
        IssuedTickets::issue(&mut self.state.issued.exclusive, Ticket { object, number: 0, right });
    }

    pub(crate) fn fits(&mut self) -> bool {
        let number = self.memory().shown.number;
        let state = self.record().state;
        state.mode == Mode::Shared && state.epoch == number && !state.doom
    }
}
