//! The mapped ledger: a reference to each word, by its meaning. A method panics if an index is out of range.

use super::layout::{
    CELL, FORMAT, HEADER, Header, HeaderHalf, Layout, MAGIC, PAGE, QUEUE, QUEUE_PLACES, RECORD, RecordHalf, RecordWord,
};
use super::words::Words;
use crate::error::{Error, ErrorKind, Result};
use crate::sync::plain;
use crate::sync::stepped::{AtomicU32, AtomicU64};
use std::fs::File;

/// The mapped ledger.
pub(super) struct Map {
    words: Words,
    layout: Layout,
    /// The offsets of the places, of the cells' states and of the cells, which the layout would compute at each access.
    places: u64,
    cell_states: u64,
    cell_words: u64,
}

impl Map {
    /// Maps an existing ledger, after checking that the file is a whole ledger of this format.
    pub(super) fn open(file: &File) -> Result<Self> {
        let length = file.metadata().map_err(|error| Error::io("cannot look at the store's ledger", error))?.len();
        let layout = Self::read_header(file, length)?;
        Ok(Self::of(Words::map(file, layout)?, layout))
    }

    fn read_header(file: &File, length: u64) -> Result<Layout> {
        use std::os::unix::fs::FileExt as _;
        let mut bytes = [0; HEADER];
        let corrupt = |what: &str| {
            let what = format!("the store's ledger is not usable: {what}");
            Error::new(ErrorKind::Corrupt, what)
                .with_remedy("if no process uses this store, remove its folder; otherwise open another")
        };
        // A file that is too short, or that does not begin as a ledger, may be the user's or the rest of a ledger.
        // Since nothing tells which, the remedy does not say to remove the file.
        let foreign = || {
            let what = "there is a file `ledger` in that folder which is no store's, or is cut off";
            Error::new(ErrorKind::Corrupt, what).with_remedy("give the store a folder of its own")
        };
        if length < PAGE {
            return Err(foreign());
        }
        file.read_exact_at(&mut bytes, 0).map_err(|error| Error::io("cannot read the store's ledger", error))?;
        let word = |header: Header| header.read(&bytes);
        if word(Header::Magic) != MAGIC {
            return Err(foreign());
        }
        if word(Header::Format) != FORMAT {
            return Err(corrupt(&format!("it has format {}, this program reads {FORMAT}", word(Header::Format))));
        }
        let small = |header| u32::try_from(word(header)).map_err(|_| corrupt("its sizes are out of range"));
        let layout = Layout::new(small(Header::Slots)?, small(Header::Records)?, small(Header::Cells)?)
            .map_err(|_| corrupt("its sizes are out of range"))?;
        if length != layout.length() {
            return Err(corrupt(&format!("it has {length} bytes instead of {}", layout.length())));
        }
        Ok(layout)
    }

    /// Makes a ledger of these words, which are those of the layout.
    pub(super) fn of(words: Words, layout: Layout) -> Self {
        let (places, cell_states, cell_words) = (layout.places(), layout.cell_states(), layout.cell_words());
        Self { words, layout, places, cell_states, cell_words }
    }

    #[inline]
    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    #[inline]
    pub(super) fn header(&self, word: Header) -> &AtomicU64 {
        self.words.word(word as u64)
    }

    pub(super) fn header_half(&self, half: HeaderHalf) -> &AtomicU32 {
        self.words.half_word(half as u64)
    }

    /// A word of the path, which follows the words of the header.
    pub(super) fn path_word(&self, nth: usize) -> &AtomicU64 {
        let offset = HEADER + nth * 8;
        assert!(offset < PAGE as usize, "word {nth} of the path is out of range");
        self.words.word(offset as u64)
    }

    /// The slot's word: whether the slot is in use, and its incarnation.
    #[inline]
    pub(super) fn slot(&self, slot: u16) -> &AtomicU64 {
        assert!(slot < self.layout.slots, "slot {slot} is out of range");
        self.words.word(self.layout.slot_words() + u64::from(slot) * 8)
    }

    /// A word of the slot's page, which is allocated when the slot is claimed.
    #[inline]
    pub(super) fn page_word(&self, slot: u16, nth: u64) -> &plain::AtomicU64 {
        let (start, length) = self.layout.page(slot);
        assert!(slot < self.layout.slots && nth * 8 < length, "word {nth} of slot {slot} is out of range");
        self.words.message_word(start + nth * 8)
    }

    /// A word of the slot's page that has one of the slot's places in queues.
    pub(super) fn queue_word(&self, slot: u16, nth: u64) -> &plain::AtomicU64 {
        self.page_word(slot, QUEUE + nth)
    }

    /// The half word of the slot's page that counts what changes in the slot's places: the futex of the calls behind
    /// them.
    pub(super) fn queue_event(&self, slot: u16) -> &AtomicU32 {
        assert!(slot < self.layout.slots, "slot {slot} is out of range");
        self.words.half_word(self.layout.page(slot).0 + (QUEUE + QUEUE_PLACES) * 8)
    }

    /// A word of a record.
    #[inline]
    pub(super) fn record_word(&self, index: u32, word: RecordWord) -> &AtomicU64 {
        assert!(index < self.layout.records, "record {index} is out of range");
        self.words.word(self.record_offset(index) + word as u64)
    }

    /// A half word of a record.
    #[inline]
    pub(super) fn record_half(&self, index: u32, half: RecordHalf) -> &AtomicU32 {
        assert!(index < self.layout.records, "record {index} is out of range");
        self.words.half_word(self.record_offset(index) + half as u64)
    }

    /// The reader bits of an object for one group of slots. The plane of a group other than 0 must be allocated.
    #[inline]
    pub(super) fn readers(&self, index: u32, group: u16) -> &AtomicU64 {
        assert!(index < self.layout.records && group < self.layout.groups(), "group {group} is out of range");
        match group {
            0 => self.record_word(index, RecordWord::Readers),
            _ => self.words.word(self.layout.plane(group).0 + u64::from(index) * 8),
        }
    }

    /// The place word of a record.
    #[inline]
    pub(super) fn place(&self, index: u32) -> &AtomicU64 {
        assert!(index < self.layout.records, "record {index} is out of range");
        self.words.word(self.places + u64::from(index) * 8)
    }

    /// The state of a cell, which must be allocated.
    #[inline]
    pub(super) fn cell_state(&self, cell: u32) -> &AtomicU64 {
        assert!(cell < self.layout.cells, "cell {cell} is out of range");
        self.words.word(self.cell_states + u64::from(cell) * 8)
    }

    /// A word of a cell, which must be allocated.
    #[inline]
    pub(super) fn cell_word(&self, cell: u32, nth: u64) -> &AtomicU64 {
        assert!(cell < self.layout.cells && nth * 8 < CELL, "word {nth} of cell {cell} is out of range");
        self.words.word(self.cell_words + u64::from(cell) * CELL + nth * 8)
    }

    #[inline]
    fn record_offset(&self, index: u32) -> u64 {
        self.layout.record_words() + u64::from(index) * RECORD
    }
}
