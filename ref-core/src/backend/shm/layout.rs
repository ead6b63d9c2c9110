//! The ledger file: the offset of each word. `words` makes the references into the file, and `map` checks the offsets.
//!
//! ```text
//! header   one page       magic, format, store, sizes, boot, high-water mark, groups, named, which file it is, names,
//!                         queues, clock, path
//! slots    8 B a slot     DIRTY | incarnation
//! records  64 B an object one cache line each
//! places   8 B an object  the cells of its current and of its replaced version
//! pages    4 KiB a slot   which process is in the slot, and its borrows, for error messages, and its calls in queues;
//!                         allocated when claimed
//! planes   8 B an object  reader bits of the slots 64.., a plane for 64 slots; allocated when one of them is claimed
//! states   8 B a cell     whether the cell is free; allocated in steps
//! cells    168 B a cell   versions of a few bytes; allocated in steps
//! ```

use crate::error::{Error, ErrorKind, Result};

pub(super) const PAGE: u64 = 4096;
pub(super) const MAGIC: u64 = u64::from_le_bytes(*b"ref-ledg");
/// The number of the format. It changes with the meaning of any word.
pub(super) const FORMAT: u64 = 8;

/// The length in bytes of the words of [`Header`]; the path follows them.
pub(super) const HEADER: usize = 192;
pub(super) const RECORD: u64 = 64;
/// How many words of a version's bytes a cell has. Loom's cells have few, since loom counts each access.
pub(super) const CELL_DATA: u64 = if cfg!(loom) { 2 } else { 19 };
/// The length of a cell in bytes: two words that say whose version it has, and the words of the version.
pub(super) const CELL: u64 = (2 + CELL_DATA) * 8;
/// How many slots have a bit in one word of reader bits.
pub(super) const GROUP: u16 = 64;
/// The largest number of slots. A slot's number has 11 bits.
pub(super) const MAX_SLOTS: u32 = 2047;
pub(super) const MAX_RECORDS: u32 = 1 << 28;
pub(super) const MAX_CELLS: u32 = 1 << 30;

/// The first word of a slot's page that has a place in a queue of writers. The last word of the page counts what changes
/// in these places, so all of them are in one cache line.
pub(super) const QUEUE: u64 = PAGE / 8 - 1 - QUEUE_PLACES;
/// How many calls of a session have a place in a queue at the same time.
pub(super) const QUEUE_PLACES: u64 = 7;

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
    /// How many words of reader bits each object uses: one for every 64 slots, up to the highest slot that was ever
    /// claimed.
    Groups = 56,
    /// 1 if the store was made by its name. Such a store is removed after its last session, unless an object in it
    /// outlives the sessions, or a foreign file is in its folder.
    Named = 64,
    /// The numbers of the file system and of the inode of this ledger's file. A copy of the file has another pair of
    /// numbers.
    System = 72,
    Inode = 80,
    /// The length in bytes of the path that follows these words. The path is where the store was when a session last
    /// opened it alone. The length is 0 before a first path is noted, while a path is being written, and if the path is
    /// too long.
    PathLength = 88,
    /// How many cells the store may have.
    Cells = 96,
    /// No cell with this index or a higher one was ever used.
    CellsUsed = 104,
    /// How many cells are allocated, from the first one on.
    CellsReserved = 112,
    /// The queues of writers: how many calls have joined one, in the upper 48 bits, and how many are in one now, in the
    /// lower 16 bits. The second number may be too high after a death, until a writer finds all queues empty.
    Queues = 128,
    /// The latest time that a session has noted, in tenths of a second since this boot; 0 before an object got a time.
    /// After another boot, an object has the time that was left of its own at this one.
    Clock = 136,
}

impl Header {
    /// Returns this word, from the header's bytes as they were read from the file.
    pub(super) fn read(self, header: &[u8; HEADER]) -> u64 {
        let mut word = [0; 8];
        word.copy_from_slice(&header[self as usize..self as usize + 8]);
        u64::from_ne_bytes(word)
    }

    /// Writes `value` as this word into the bytes of a header.
    pub(super) fn write(self, header: &mut [u8; HEADER], value: u64) {
        header[self as usize..self as usize + 8].copy_from_slice(&value.to_ne_bytes());
    }
}

/// A half word of the header, by its offset.
#[derive(Clone, Copy)]
pub(super) enum HeaderHalf {
    /// The futex word of the names: how often a publication has woken waiting sessions, times 2, and 1 more if a session
    /// waits for a publication.
    Named = 120,
    /// The futex word of the processes whose reactors sleep: how often they were woken, times 2, and 1 more if a reactor
    /// sleeps. A session that wakes the waiters of a record or of a name wakes the reactors as well.
    Doorbell = 124,
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

/// A half word of a record, by its offset.
#[derive(Clone, Copy)]
pub(super) enum RecordHalf {
    Event = 56,
    Note = 60,
}

/// The sizes of one ledger file, which determine its offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) slots: u16,
    pub(super) records: u32,
    pub(super) cells: u32,
}

impl Layout {
    /// Returns the layout for these sizes.
    ///
    /// # Errors
    /// `Unsupported` if a number of slots or records is zero, or if a size is too large.
    pub(super) fn new(slots: u32, records: u32, cells: u32) -> Result<Self> {
        let wrong = |setting: &str, max: u32| {
            let what = format!("a store cannot have that many {setting}");
            Error::new(ErrorKind::Unsupported, what).with_remedy(format!("choose between 1 and {max}"))
        };
        match (slots, records) {
            (slots, _) if !(1..=MAX_SLOTS).contains(&slots) => Err(wrong("slots", MAX_SLOTS)),
            (_, records) if !(1..=MAX_RECORDS).contains(&records) => Err(wrong("records", MAX_RECORDS)),
            _ if cells > MAX_CELLS => Err(wrong("cells for small values", MAX_CELLS)),
            (slots, records) => Ok(Self { slots: slots as u16, records, cells }),
        }
    }

    /// The offset of the slots' words.
    pub(super) fn slot_words(self) -> u64 {
        PAGE
    }

    /// The offset of the records.
    pub(super) fn record_words(self) -> u64 {
        self.slot_words() + (u64::from(self.slots) * 8).next_multiple_of(PAGE)
    }

    /// The offset of the places.
    pub(super) fn places(self) -> u64 {
        self.record_words() + (u64::from(self.records) * RECORD).next_multiple_of(PAGE)
    }

    /// The end of the part that is allocated when the store is made.
    pub(super) fn fixed(self) -> u64 {
        self.places() + (u64::from(self.records) * 8).next_multiple_of(PAGE)
    }

    /// The offset and the length of the slot's page.
    pub(super) fn page(self, slot: u16) -> (u64, u64) {
        (self.fixed() + u64::from(slot) * PAGE, PAGE)
    }

    /// The offset and the length of the plane of a group of slots. Group 0 has no plane: its reader bits are in the
    /// records.
    pub(super) fn plane(self, group: u16) -> (u64, u64) {
        let length = (u64::from(self.records) * 8).next_multiple_of(PAGE);
        let (first, _) = self.page(self.slots);
        (first + u64::from(group.saturating_sub(1)) * length, length)
    }

    /// How many words of reader bits an object has room for.
    pub(super) fn groups(self) -> u16 {
        self.slots.div_ceil(GROUP)
    }

    /// The offset of the states of the cells.
    pub(super) fn cell_states(self) -> u64 {
        self.plane(self.groups().max(1)).0
    }

    /// The offset of the cells.
    pub(super) fn cell_words(self) -> u64 {
        self.cell_states() + (u64::from(self.cells) * 8).next_multiple_of(PAGE)
    }

    /// The length of the file in bytes.
    pub(super) fn length(self) -> u64 {
        self.cell_words() + (u64::from(self.cells) * CELL).next_multiple_of(PAGE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_overlap() {
        for (slots, records, cells) in [(1, 1, 0), (64, 100, 1), (65, 65_536, 1000), (2047, 1000, 65_536)] {
            let layout = Layout::new(slots, records, cells).unwrap();
            assert!(layout.slot_words() >= 72);
            assert!(layout.places() >= layout.record_words() + u64::from(records) * RECORD);
            assert!(layout.fixed() >= layout.places() + u64::from(records) * 8);
            assert_eq!(layout.page(0).0, layout.fixed());
            assert_eq!(layout.plane(1).0, layout.page(layout.slots).0);
            assert!(layout.cell_states() >= layout.plane(layout.groups().saturating_sub(1)).0);
            assert!(layout.cell_words() >= layout.cell_states() + u64::from(cells) * 8);
            assert!(layout.length() >= layout.cell_words() + u64::from(cells) * CELL);
        }
    }

    #[test]
    fn sizes_out_of_range_are_refused() {
        for (slots, records, cells) in
            [(0, 1, 0), (2048, 1, 0), (1, 0, 0), (1, MAX_RECORDS + 1, 0), (1, 1, MAX_CELLS + 1)]
        {
            assert_eq!(Layout::new(slots, records, cells).unwrap_err().kind(), ErrorKind::Unsupported);
        }
    }
}
