//! A record's words.

/// How many processes there are, and slots.
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
}

impl Mode {
    /// Whether no process is in the middle of something, so that a doomed object can be reclaimed.
    #[must_use]
    pub fn at_rest(self) -> bool {
        use Mode::{Closing, Died, Idle, Offered, Open, Shared, Taken};
        matches!(self, Idle | Shared | Closing | Offered | Taken | Died | Open)
    }
}

/// The state word, which is loaded and swapped as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct StateWord {
    /// What the record is doing.
    pub mode: Mode,
    /// Whether it goes with its last holder.
    pub doom: bool,
    /// By whom.
    pub slot: u8,
    /// The counter that never falls.
    pub epoch: u8,
}

impl StateWord {
    /// A word that is not doomed.
    #[must_use]
    pub fn new(mode: Mode, slot: usize, epoch: u8) -> Self {
        Self { mode, doom: false, slot: slot as u8, epoch }
    }

    /// Another mode at another epoch; keeps the doom.
    #[must_use]
    pub fn to(self, mode: Mode, slot: usize, epoch: u8) -> Self {
        Self { doom: self.doom, ..Self::new(mode, slot, epoch) }
    }

    /// Whether this is `mode` by `slot` at `epoch`, doomed or not.
    #[must_use]
    pub fn matches(self, mode: Mode, slot: usize, epoch: u8) -> bool {
        (self.mode, self.slot, self.epoch) == (mode, slot as u8, epoch)
    }
}

/// Whose object it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "they are those of the ledger")]
pub enum OwnerKind {
    #[default]
    None,
    Slot,
    Transit,
    Detached,
}

/// The owner word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct OwnerWord {
    /// Whose object it is.
    pub kind: OwnerKind,
    /// Which slot's.
    pub slot: u8,
    /// How often it departed.
    pub seq: u8,
}

impl OwnerWord {
    /// The same departures, another owner.
    #[must_use]
    pub fn to(self, kind: OwnerKind, slot: usize) -> Self {
        Self { kind, slot: slot as u8, seq: self.seq }
    }

    /// Whether it is that slot's.
    #[must_use]
    pub fn is_slot(self, slot: usize) -> bool {
        (self.kind, self.slot) == (OwnerKind::Slot, slot as u8)
    }
}

/// A record, and the files of its versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Record {
    /// What decides.
    pub state: StateWord,
    /// The published version, or 0.
    pub current: u8,
    /// The one before, until its file is unlinked.
    pub prev: u8,
    /// The epoch at which the record was given to this object, or 0.
    pub birth: u8,
    /// Whose object it is.
    pub owner: OwnerWord,
    /// A bit for each slot.
    pub readers: u8,
    /// The one open right.
    pub ticket: u8,
    /// Versions that have a file, a bit for each.
    pub files: u32,
}

impl Record {
    /// The mode that the record goes back to from a writer.
    #[must_use]
    pub fn mode_after_writer(self) -> Mode {
        if self.owner.kind == OwnerKind::Detached { Mode::Open } else { Mode::Taken }
    }

    /// Whether that version has a file.
    #[must_use]
    pub fn has(self, version: u8) -> bool {
        self.files & 1 << version != 0
    }

    pub(crate) fn write(&mut self, version: u8) {
        self.files |= 1 << version;
    }

    /// Version 0 is none.
    pub(crate) fn unlink(&mut self, version: u8) {
        self.files &= !(1 << version);
    }
}
