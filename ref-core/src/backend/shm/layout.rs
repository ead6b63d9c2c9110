//! The ledger file: where everything is. `words` makes the references into it.
//!
//! ```text
//! header   one page       magic, layout, store, sizes, boot, hints, which file it is
//! slots    8 B a slot     DIRTY | incarnation
//! records  64 B an object one cache line each
//! pages    4 KiB a slot   who it is and what it borrowed, for error messages; allocated when the slot is claimed
//! planes   8 B an object  reader bits of the slots 64.., a plane for 64 slots; allocated when its first slot is claimed
//! ```

use super::mark::{self, Origin, WORDS};
use super::words::Words;
use crate::error::{Error, ErrorKind, Result};
use crate::id::StoreId;
use crate::sync::plain;
use crate::sync::stepped::{AtomicU32, AtomicU64};
use std::fs::File;

pub(super) const PAGE: u64 = 4096;
pub(super) const MAGIC: u64 = u64::from_le_bytes(*b"ref-ledg");
/// Changes with every change of what a word of the file means.
pub(super) const FORMAT: u64 = 3;

pub(super) const RECORD: u64 = 64;
/// Slots in one word of reader bits.
pub(super) const GROUP: u16 = 64;
/// A slot's number has 11 bits.
pub(super) const MAX_SLOTS: u32 = 2047;
pub(super) const MAX_RECORDS: u32 = 1 << 28;

/// A word of the header.
#[derive(Clone, Copy)]
pub(super) enum Header {
    Magic = 0,
    Format = 8,
    Store = 16,
    Slots = 24,
    Records = 32,
    Boot = 40,
    /// No record from here on was ever used.
    HighWater = 48,
    /// Words of reader bits that may be set.
    Groups = 56,
    /// 1 in a store that was made by its name, and goes with its last session.
    Named = 64,
    /// The file system and the inode of this very file: those of a copy are others.
    System = 72,
    Inode = 80,
    /// How many bytes of the path follow, by which the store was opened last; 0 while they are being written.
    PathLength = 88,
}

/// Sizes and offsets of one ledger file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) slots: u16,
    pub(super) records: u32,
}

impl Layout {
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

    pub(super) fn slot_words(self) -> u64 {
        PAGE
    }

    pub(super) fn record_words(self) -> u64 {
        self.slot_words() + (u64::from(self.slots) * 8).next_multiple_of(PAGE)
    }

    /// Where the part ends that is allocated when the store is made.
    pub(super) fn fixed(self) -> u64 {
        self.record_words() + (u64::from(self.records) * RECORD).next_multiple_of(PAGE)
    }

    /// The slot's page: offset and length.
    pub(super) fn page(self, slot: u16) -> (u64, u64) {
        (self.fixed() + u64::from(slot) * PAGE, PAGE)
    }

    /// The plane of a group of slots: offset and length. Group 0 lies in the records.
    pub(super) fn plane(self, group: u16) -> (u64, u64) {
        let length = (u64::from(self.records) * 8).next_multiple_of(PAGE);
        let (first, _) = self.page(self.slots);
        (first + u64::from(group.saturating_sub(1)) * length, length)
    }

    pub(super) fn groups(self) -> u16 {
        self.slots.div_ceil(GROUP)
    }

    /// The header of a new ledger in the file that `origin` names.
    pub(super) fn header(self, store: StoreId, origin: Origin, named: bool, boot: u64) -> [u8; WORDS] {
        let mut words = [0; WORDS];
        for (word, value) in [
            (Header::Magic, MAGIC),
            (Header::Format, FORMAT),
            (Header::Store, store.0),
            (Header::Slots, self.slots.into()),
            (Header::Records, self.records.into()),
            (Header::Boot, boot),
            (Header::Groups, 1),
            (Header::Named, u64::from(named)),
            (Header::System, origin.system),
            (Header::Inode, origin.inode),
        ] {
            words[word as usize..word as usize + 8].copy_from_slice(&value.to_ne_bytes());
        }
        words
    }

    /// Length of the file in bytes.
    pub(super) fn length(self) -> u64 {
        self.plane(self.groups().max(1)).0
    }
}

/// The mapped ledger.
pub(super) struct Map {
    words: Words,
    layout: Layout,
}

impl Map {
    /// Maps a ledger that somebody made, after checking that it is one, whole, and of this format.
    pub(super) fn open(file: &File) -> Result<Self> {
        let length = file.metadata().map_err(|error| Error::io("cannot look at the store's ledger", error))?.len();
        let layout = Self::read_header(file, length)?;
        Ok(Self { words: Words::map(file, layout)?, layout })
    }

    fn read_header(file: &File, length: u64) -> Result<Layout> {
        use std::os::unix::fs::FileExt as _;
        let mut bytes = [0; WORDS];
        let corrupt = |what: &str| {
            let what = format!("the store's ledger is not usable: {what}");
            Error::new(ErrorKind::Corrupt, what)
                .with_remedy("if no process uses this store, remove its folder; otherwise open another")
        };
        // The user's, or what is left of one of ours: nothing tells, and what may be the user's is not to be removed.
        let foreign = || {
            let what = "there is a file `ledger` in that folder which is no store's, or is cut off";
            Error::new(ErrorKind::Corrupt, what).with_remedy("give the store a folder of its own")
        };
        if length < PAGE {
            return Err(foreign());
        }
        file.read_exact_at(&mut bytes, 0).map_err(|error| Error::io("cannot read the store's ledger", error))?;
        let word = |header| mark::word(&bytes, header);
        if word(Header::Magic) != MAGIC {
            return Err(foreign());
        }
        if word(Header::Format) != FORMAT {
            return Err(corrupt(&format!("it has format {}, this program reads {FORMAT}", word(Header::Format))));
        }
        let small = |header| u32::try_from(word(header)).map_err(|_| corrupt("its sizes are out of range"));
        let layout = Layout::new(small(Header::Slots)?, small(Header::Records)?)
            .map_err(|_| corrupt("its sizes are out of range"))?;
        if length != layout.length() {
            return Err(corrupt(&format!("it has {length} bytes instead of {}", layout.length())));
        }
        Ok(layout)
    }

    /// The ledger whose words these are.
    #[cfg(all(test, loom))]
    pub(super) fn of(words: Words, layout: Layout) -> Self {
        Self { words, layout }
    }

    #[inline]
    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    #[inline]
    pub(super) fn header(&self, word: Header) -> &AtomicU64 {
        self.words.word(word as u64)
    }

    /// A word of the path that follows the header's words.
    pub(super) fn path_word(&self, nth: usize) -> &AtomicU64 {
        let offset = WORDS + nth * 8;
        assert!(offset < PAGE as usize, "word {nth} of the path is out of range");
        self.words.word(offset as u64)
    }

    /// The slot's word: is it in use, and by which of its users.
    #[inline]
    pub(super) fn slot(&self, slot: u16) -> &AtomicU64 {
        assert!(slot < self.layout.slots, "slot {slot} is out of range");
        self.words.word(self.layout.slot_words() + u64::from(slot) * 8)
    }

    /// A word of the slot's page. The page must have been allocated.
    #[inline]
    pub(super) fn page_word(&self, slot: u16, nth: u64) -> &plain::AtomicU64 {
        let (start, length) = self.layout.page(slot);
        assert!(slot < self.layout.slots && nth * 8 < length, "word {nth} of slot {slot} is out of range");
        self.words.remark(start + nth * 8)
    }

    /// A word of a record.
    #[inline]
    pub(super) fn record_word(&self, index: u32, nth: u64) -> &AtomicU64 {
        assert!(index < self.layout.records && nth < 7, "word {nth} of record {index} is out of range");
        self.words.word(self.record_offset(index) + nth * 8)
    }

    /// One of the two half words at the end of a record.
    #[inline]
    pub(super) fn record_half(&self, index: u32, nth: u64) -> &AtomicU32 {
        assert!(index < self.layout.records && nth < 2, "half {nth} of record {index} is out of range");
        self.words.half(self.record_offset(index) + 56 + nth * 4)
    }

    /// Reader bits of an object for one group of slots. The group's plane must have been allocated.
    #[inline]
    pub(super) fn readers(&self, index: u32, group: u16) -> &AtomicU64 {
        assert!(index < self.layout.records && group < self.layout.groups(), "group {group} is out of range");
        match group {
            0 => self.record_word(index, 5),
            _ => self.words.word(self.layout.plane(group).0 + u64::from(index) * 8),
        }
    }

    #[inline]
    fn record_offset(&self, index: u32) -> u64 {
        self.layout.record_words() + u64::from(index) * RECORD
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
