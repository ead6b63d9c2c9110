//! The ledger file: which word is at which offset. `words` makes the references into the file, `map` checks them.
//!
//! ```text
//! header   one page       magic, layout, store, sizes, boot, hints, which file it is
//! slots    8 B a slot     DIRTY | incarnation
//! records  64 B an object one cache line each
//! pages    4 KiB a slot   which process is in the slot, and its borrows, for error messages; allocated when claimed
//! planes   8 B an object  reader bits of the slots 64.., a plane for 64 slots; allocated when one of them is claimed
//! ```

use crate::error::{Error, ErrorKind, Result};

pub(super) const PAGE: u64 = 4096;
pub(super) const MAGIC: u64 = u64::from_le_bytes(*b"ref-ledg");
/// A change of any word's meaning changes this number.
pub(super) const FORMAT: u64 = 3;

/// Bytes of the header that are words.
pub(super) const HEADER: usize = 96;
pub(super) const RECORD: u64 = 64;
/// Slots in one word of reader bits.
pub(super) const GROUP: u16 = 64;
/// A slot's number has 11 bits.
pub(super) const MAX_SLOTS: u32 = 2047;
pub(super) const MAX_RECORDS: u32 = 1 << 28;

/// A word of the header, by its offset.
#[derive(Clone, Copy)]
pub(super) enum Header {
    Magic = 0,
    Format = 8,
    Store = 16,
    Slots = 24,
    Records = 32,
    Boot = 40,
    /// No record with this index or a higher one was ever used.
    HighWater = 48,
    /// How many words of reader bits an object has in use: one for 64 slots, up to the highest slot that was ever
    /// claimed.
    Groups = 56,
    /// 1 if the store was made by its name. Such a store is removed after its last session, unless an object in it
    /// outlives the sessions.
    Named = 64,
    /// The file system and the inode of this ledger's file. A copy of the file has others.
    System = 72,
    Inode = 80,
    /// The length in bytes of the path that follows the header's words, or 0 while the path is being written. The path
    /// is where the store was when a session last opened it alone.
    PathLength = 88,
}

impl Header {
    /// This word of the header whose bytes were read from the file.
    pub(super) fn read(self, header: &[u8; HEADER]) -> u64 {
        let mut word = [0; 8];
        word.copy_from_slice(&header[self as usize..self as usize + 8]);
        u64::from_ne_bytes(word)
    }

    /// Puts `value` into the bytes of a header that is to be written.
    pub(super) fn write(self, header: &mut [u8; HEADER], value: u64) {
        header[self as usize..self as usize + 8].copy_from_slice(&value.to_ne_bytes());
    }
}

/// A word of a record, by its offset.
#[derive(Clone, Copy)]
pub(super) enum RecordWord {
    State = 0,
    Current = 8,
    Prev = 16,
    Birth = 24,
    Owner = 32,
    /// The reader bits of the slots 0 to 63.
    Readers = 40,
    Ticket = 48,
}

/// Half a word of a record, by its offset.
#[derive(Clone, Copy)]
pub(super) enum RecordHalf {
    Event = 56,
    Note = 60,
}

/// Sizes and offsets of one ledger file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) slots: u16,
    pub(super) records: u32,
}

impl Layout {
    /// The layout for these sizes.
    ///
    /// # Errors
    /// A size is zero or too large.
    pub(super) fn new(slots: u32, records: u32) -> Result<Self> {
        let wrong = |setting: &str, max: u32| {
            let what = format!("a store cannot have that many {setting}");
            Error::new(ErrorKind::Unsupported, what).with_remedy(format!("choose between 1 and {max}"))
        };
        match (slots, records) {
            (slots, _) if !(1..=MAX_SLOTS).contains(&slots) => Err(wrong("slots", MAX_SLOTS)),
            (_, records) if !(1..=MAX_RECORDS).contains(&records) => Err(wrong("records", MAX_RECORDS)),
            (slots, records) => Ok(Self { slots: slots as u16, records }),
        }
    }

    /// Where the slot words begin.
    pub(super) fn slot_words(self) -> u64 {
        PAGE
    }

    /// Where the records begin.
    pub(super) fn record_words(self) -> u64 {
        self.slot_words() + (u64::from(self.slots) * 8).next_multiple_of(PAGE)
    }

    /// The end of the part that is allocated when the store is made.
    pub(super) fn fixed(self) -> u64 {
        self.record_words() + (u64::from(self.records) * RECORD).next_multiple_of(PAGE)
    }

    /// The slot's page: offset and length.
    pub(super) fn page(self, slot: u16) -> (u64, u64) {
        (self.fixed() + u64::from(slot) * PAGE, PAGE)
    }

    /// The plane of a group of slots: offset and length. The reader bits of group 0 are in the records.
    pub(super) fn plane(self, group: u16) -> (u64, u64) {
        let length = (u64::from(self.records) * 8).next_multiple_of(PAGE);
        let (first, _) = self.page(self.slots);
        (first + u64::from(group.saturating_sub(1)) * length, length)
    }

    /// How many words of reader bits an object has.
    pub(super) fn groups(self) -> u16 {
        self.slots.div_ceil(GROUP)
    }

    /// The length of the file in bytes.
    pub(super) fn length(self) -> u64 {
        self.plane(self.groups().max(1)).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_overlap() {
        for (slots, records) in [(1, 1), (64, 100), (65, 65_536), (2047, 1000)] {
            let layout = Layout::new(slots, records).unwrap();
            assert!(layout.slot_words() >= 72);
            assert!(layout.fixed() >= layout.record_words() + u64::from(records) * RECORD);
            assert_eq!(layout.page(0).0, layout.fixed());
            assert_eq!(layout.plane(1).0, layout.page(layout.slots).0);
            assert!(layout.length() >= layout.plane(layout.groups().saturating_sub(1)).0);
        }
    }

    #[test]
    fn sizes_out_of_range_are_refused() {
        for (slots, records) in [(0, 1), (2048, 1), (1, 0), (1, MAX_RECORDS + 1)] {
            assert_eq!(Layout::new(slots, records).unwrap_err().kind(), ErrorKind::Unsupported);
        }
    }
}
