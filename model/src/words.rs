//! The words of a record. Their names and meanings are as in `ref-core/src/backend/shm/{state, record}.rs`.

/// How many processes and slots there are.
pub const SLOTS: usize = 3;
/// How many records the store has.
pub const RECORDS: usize = 2;

/// What a record is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "they are those of the ledger")]
pub enum Mode {
    #[default]
    Free,
    Init,
    Idle,
    Shared,
    Closing,
    Offered,
    Taken,
    Exclusive,
    Publishing,
    Reclaiming,
    Open,
    Pending,
    Adopting,
    Died,
    Checkpointing,
}

impl Mode {
    /// Returns whether a doomed object can be reclaimed in this mode: no process writes it, has reserved it, or is
    /// changing its record.
    #[must_use]
    pub fn at_rest(self) -> bool {
        use Mode::{Closing, Died, Idle, Offered, Open, Shared, Taken};
        matches!(self, Idle | Shared | Closing | Offered | Taken | Died | Open)
    }
}

/// The state word, which is loaded and swapped as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct StateWord {
    /// What the record is doing.
    pub mode: Mode,
    /// Whether the object is doomed.
    pub doom: bool,
    /// The slot of the process that the mode is about; 0 if there is none. In `Taken`, 1 stands for a void ticket.
    pub slot: u8,
    /// A counter that never falls.
    pub epoch: u8,
}

impl StateWord {
    /// Returns a word without doom.
    #[must_use]
    pub fn new(mode: Mode, slot: usize, epoch: u8) -> Self {
        Self { mode, doom: false, slot: slot as u8, epoch }
    }

    /// Returns the word with another mode, slot and epoch, and with the same doom.
    #[must_use]
    pub fn to(self, mode: Mode, slot: usize, epoch: u8) -> Self {
        Self { doom: self.doom, ..Self::new(mode, slot, epoch) }
    }

    /// Returns whether the word has this mode, slot and epoch, doomed or not.
    #[must_use]
    pub fn matches(self, mode: Mode, slot: usize, epoch: u8) -> bool {
        (self.mode, self.slot, self.epoch) == (mode, slot as u8, epoch)
    }
}

/// What kind of owner an object has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "they are those of the ledger")]
pub enum OwnerKind {
    #[default]
    None,
    Slot,
    Transit,
    Detached,
}

/// The owner word: kind, slot, and number of departures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct OwnerWord {
    /// The kind of the owner.
    pub kind: OwnerKind,
    /// The slot of the owner; 0 if no process is the owner.
    pub slot: u8,
    /// How many times objects of this record were sent.
    pub seq: u8,
    /// Whether the object outlives the death of its owner: it was detached once.
    pub lasting: bool,
}

impl OwnerWord {
    /// Returns the word with another kind of owner and slot, and with the same number of departures. A lasting object
    /// stays lasting, and a detached one is.
    #[must_use]
    pub fn to(self, kind: OwnerKind, slot: usize) -> Self {
        let lasting = kind != OwnerKind::None && (self.lasting || kind == OwnerKind::Detached);
        Self { kind, slot: slot as u8, seq: self.seq, lasting }
    }

    /// Returns whether the owner is the process in `slot`.
    #[must_use]
    pub fn is_slot(self, slot: usize) -> bool {
        (self.kind, self.slot) == (OwnerKind::Slot, slot as u8)
    }
}

/// A record, and the files of its versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Record {
    /// The state word.
    pub state: StateWord,
    /// The current version, or 0.
    pub current: u8,
    /// The version before the current one, until the file of that version is unlinked; otherwise 0.
    pub prev: u8,
    /// The epoch at which the record was given to this object, or 0.
    pub birth: u8,
    /// The owner word.
    pub owner: OwnerWord,
    /// The reader bits, one for each slot.
    pub readers: u8,
    /// The secret of the last exclusive ticket or ownership ticket. It stays after the ticket was used: the mode and the
    /// owner say whether the ticket is still good.
    pub ticket: u8,
    /// Versions that have a file, a bit for each.
    pub files: u32,
}

impl Record {
    /// Returns the mode of the record after its writer's borrow or reservation has ended: `Open` or `Taken`. If a writer
    /// has died without a commit, the step of recovery that ends its borrow writes `Died` in place of `Taken`.
    #[must_use]
    pub fn mode_after_writer(self) -> Mode {
        if self.owner.kind == OwnerKind::Detached { Mode::Open } else { Mode::Taken }
    }

    /// Returns whether `version` has a file.
    #[must_use]
    pub fn has(self, version: u8) -> bool {
        self.files & 1 << version != 0
    }

    pub(crate) fn write(&mut self, version: u8) {
        self.files |= 1 << version;
    }

    /// Removes the file of `version`. No version has the number 0, so for 0 nothing changes.
    pub(crate) fn unlink(&mut self, version: u8) {
        self.files &= !(1 << version);
    }
}
