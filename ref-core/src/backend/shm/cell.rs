//! One cell: room in the ledger for a version of a few bytes, or for a part of it.
//!
//! ```text
//! state    kind:2 | slot:11 | uses:51     free, taken by the session in the slot, or whole and written by it
//! word 0   record:32 | next + 1 : 32      whose version it has, and the cell with the next part of the version
//! word 1   head:1 | length:16 | epoch:47  which version; the length is that of the version, and is in its first cell
//! words    the version's packed bytes
//! ```
//!
//! A cell is a seqlock, and its state is the number in it. The number of uses rises whenever the cell is taken, so a
//! cell never has the same state for two versions. Only the session that took a cell writes the words, and only until
//! it has stored that the cell is whole. A reader copies the words between two looks at the state: if both found the
//! same whole cell, the words are those of one version. Otherwise they are not used.

use super::layout::CELL_DATA;
use super::map::Map;
use crate::id::Epoch;
use crate::sync::{Ordering, fence, mutant, point};

/// Where the fields of a state begin. The number of uses is in the lowest bits.
const KIND: u32 = 62;
const SLOT: u32 = 51;
const SLOTS: u64 = (1 << 11) - 1;
const USES: u64 = (1 << SLOT) - 1;

/// Where the fields of the word with the version begin. The epoch is in the lowest bits.
const HEAD: u32 = 63;
const LENGTH: u32 = 47;
const LENGTHS: u64 = (1 << 16) - 1;
const EPOCHS: u64 = (1 << LENGTH) - 1;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Free = 0,
    Taken = 1,
    Whole = 2,
}

/// The state of a cell. It is loaded and swapped as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CellState(u64);

impl CellState {
    fn new(kind: Kind, slot: u16, uses: u64) -> Self {
        Self((kind as u64) << KIND | (u64::from(slot) & SLOTS) << SLOT | (uses & USES))
    }

    fn is(self, kind: Kind) -> bool {
        self.0 >> KIND == kind as u64
    }

    pub(super) fn is_free(self) -> bool {
        self.is(Kind::Free)
    }

    /// Whether the session in the slot has taken the cell, and has not stored that it is whole.
    pub(super) fn is_taken_by(self, slot: u16) -> bool {
        self.is(Kind::Taken) && self.slot() == slot
    }

    /// Whether the cell is whole, and a session in the slot wrote it.
    pub(super) fn is_written_by(self, slot: u16) -> bool {
        self.is(Kind::Whole) && self.slot() == slot
    }

    fn slot(self) -> u16 {
        (self.0 >> SLOT & SLOTS) as u16
    }

    fn uses(self) -> u64 {
        self.0 & USES
    }
}

/// What a cell has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CellContent {
    /// The index of the record whose version it is.
    pub(super) index: u32,
    pub(super) version: Epoch,
    /// The length of the version in bytes, in the version's first cell; `None` in the others.
    pub(super) length: Option<usize>,
    /// The cell with the next part of the version.
    pub(super) next: Option<u32>,
}

/// A reference to one cell, which may be given to another version at any time.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a> {
    map: &'a Map,
    pub(super) number: u32,
}

impl<'a> Cell<'a> {
    /// Returns the cell with this number. The caller has checked that the cell is allocated.
    pub(super) fn at(map: &'a Map, number: u32) -> Self {
        Self { map, number }
    }

    pub(super) fn state(self) -> CellState {
        // Acquire: pairs with the release of the swap in `seal`. So the words of a whole cell are those that were written
        // before.
        CellState(self.map.cell_state(self.number).load(Ordering::Acquire))
    }

    /// Takes the cell for the session in the slot, if the cell is free. Of several concurrent callers at most one takes
    /// it. Returns the new state.
    pub(super) fn take(self, slot: u16) -> Option<CellState> {
        let state = self.state();
        let taken = CellState::new(Kind::Taken, slot, state.uses() + 1);
        let took = state.is_free() && self.swap(state, taken);
        took.then(|| {
            point("cell.taken");
            taken
        })
    }

    /// Writes what the cell has, and swaps its state from `taken` to whole. The caller's session has taken the cell.
    /// Returns false if the cell has another state, since the session has lost its slot without dying, and was recovered.
    pub(super) fn seal(self, taken: CellState, content: CellContent, words: &[u64]) -> bool {
        // The first half of the seqlock's write: the stores below come after the swap that took the cell. This fence
        // pairs with the fence in `read`.
        if !mutant("loom: write a cell without a fence") {
            fence(Ordering::Release);
        }
        let put = |nth, word| self.map.cell_word(self.number, nth).store(word, Ordering::Relaxed);
        let next = content.next.map_or(0, |next| u64::from(next) + 1);
        put(0, u64::from(content.index) << 32 | next);
        let length = content.length.map_or(0, |length| 1 << HEAD | (length as u64 & LENGTHS) << LENGTH);
        put(1, length | (content.version.0 & EPOCHS));
        words.iter().zip(2..2 + CELL_DATA).for_each(|(word, nth)| put(nth, *word));
        point("cell.written");
        let sealed = self.swap(taken, CellState::new(Kind::Whole, taken.slot(), taken.uses()));
        point("cell.whole");
        sealed
    }

    /// Returns what the cell has and its state, if it is whole. Adds the version's words in it to `words`, if there are
    /// any to add to.
    pub(super) fn read(self, words: Option<&mut Vec<u64>>) -> Option<(CellState, CellContent)> {
        let state = self.state();
        if !state.is(Kind::Whole) {
            return None;
        }
        // Relaxed: the second look at the state confirms these loads.
        let word = |nth| self.map.cell_word(self.number, nth).load(Ordering::Relaxed);
        let (owner, version) = (word(0), word(1));
        point("cell.looked");
        if let Some(words) = words {
            words.extend((2..2 + CELL_DATA).map(word));
        }
        // The second half of the seqlock's read: the loads above come before the second look at the state. This fence
        // pairs with the fence in `seal`: if one of the loads found a word of the cell's next version, then the second
        // look finds the state of that version, or a later one.
        if !mutant("loom: read a cell without a fence") {
            fence(Ordering::Acquire);
        }
        let again = CellState(self.map.cell_state(self.number).load(Ordering::Relaxed));
        let content = CellContent {
            index: (owner >> 32) as u32,
            version: Epoch(version & EPOCHS),
            length: (version >> HEAD == 1).then_some((version >> LENGTH & LENGTHS) as usize),
            next: (owner as u32).checked_sub(1),
        };
        (again == state || mutant("read a cell without a second look")).then_some((state, content))
    }

    /// Frees the cell, if its state is still `state`. Returns whether it was.
    pub(super) fn free(self, state: CellState) -> bool {
        let freed = self.swap(state, CellState::new(Kind::Free, 0, state.uses()));
        if freed {
            point("cell.freed");
        }
        freed
    }

    fn swap(self, from: CellState, to: CellState) -> bool {
        let state = self.map.cell_state(self.number);
        // Release: a reader that sees the cell whole sees its words, and the next session that takes a freed cell writes
        // into it after this session's reads. Acquire: this session's writes come after the last reads of the session
        // that freed the cell.
        state.compare_exchange(from.0, to.0, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}
