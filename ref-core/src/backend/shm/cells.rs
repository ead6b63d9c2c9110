//! The cells of a store: versions of up to [`MOST_BYTES`] bytes. They need no file, and no call of the system but
//! those that allocate the next [`STEP`] cells.
//!
//! # Whose a cell is
//! A version is a chain of cells, and the word of a record's place has the number of the chain's first cell. A cell
//! says which session took it, and only its record says whether its version is current. So a cell belongs to its record
//! if its version is the record's current one, or the one that a commit is replacing. Every other cell belongs to the
//! session that took it, until that session commits the version. If the session dies, its recoverer frees each cell
//! that the session took and whose version is not current: [`Cells::sweep`].
//!
//! # A cell is freed once
//! Two sessions may free one cell: the session that replaced its version, and the recoverer of the session that wrote
//! it. Both swap the cell's state from the state with which they saw the version in it. A cell never has the same state
//! for two versions, so the later of the two changes nothing.
//!
//! A store has a fixed number of cells, and room in the address space for all of them, so no process maps them anew.
//! They are allocated in steps. A version for which there are not enough cells has a file.

use super::cell::{Cell, CellContent, CellState};
use super::layout::{CELL, CELL_DATA, Header};
use super::map::Map;
use super::packed::{MOST_BYTES, MOST_WORDS, pack, unpack};
use crate::id::Epoch;
use crate::sync::plain::AtomicU32;
use crate::sync::{Mutex, Ordering, lock, mutant, point};
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::retry_on_intr;
use std::fs::File;

/// How many cells are allocated at once.
const STEP: u64 = 1024;
/// How many used cells are looked at, before a cell is taken that was never used.
const FEW: u64 = 32;
/// How many used cells are looked at when each cell was used.
const MANY: u64 = 4096;
/// How many freed cells a session remembers.
const REMEMBERED: usize = 1024;
/// How many cells a version has at most.
const MOST_CELLS: usize = MOST_WORDS.div_ceil(CELL_DATA as usize);

/// Where a session looks first for a free cell.
#[derive(Default)]
pub(super) struct CellHints {
    /// Cells that this session freed.
    freed: Mutex<Vec<u32>>,
    /// Where the session looks next among the used cells.
    next: AtomicU32,
}

/// The cells of a store, for one session.
pub(super) struct Cells<'a> {
    pub(super) map: &'a Map,
    pub(super) file: &'a File,
    pub(super) hints: &'a CellHints,
}

impl Cells<'_> {
    /// Whether a version of so many bytes may have cells.
    pub(super) fn fits(&self, length: usize) -> bool {
        length <= MOST_BYTES && self.map.layout().cells > 0
    }

    /// Writes a version of the record `index`, on behalf of the session in the slot. Returns the number of its first
    /// cell; `None` if the version is too long, or if there are not enough cells.
    pub(super) fn write(&self, slot: u16, index: u32, version: Epoch, bytes: &[u8]) -> Option<u32> {
        if !self.fits(bytes.len()) {
            return None;
        }
        let packed = pack(bytes);
        let count = packed.len().div_ceil(CELL_DATA as usize).max(1);
        let taken: Vec<_> = std::iter::repeat_with(|| self.take(slot)).take(count).map_while(|cell| cell).collect();
        if taken.len() < count {
            taken.iter().for_each(|(cell, state)| self.free_one(*cell, *state));
            return None;
        }
        let words = packed.chunks(CELL_DATA as usize).chain(std::iter::repeat(&[][..]));
        for (nth, ((cell, state), words)) in taken.iter().zip(words).enumerate() {
            let next = taken.get(nth + 1).map(|(cell, _)| cell.number);
            let content = CellContent { index, version, length: (nth == 0).then_some(bytes.len()), next };
            if !cell.seal(*state, content, words) {
                return None;
            }
        }
        taken.first().map(|(cell, _)| cell.number)
    }

    /// Returns the bytes of the version of the record `index`, if `head` is its first cell. Otherwise, and if the
    /// version is freed meanwhile, returns `None`.
    pub(super) fn read(&self, head: u32, index: u32, version: Epoch) -> Option<Vec<u8>> {
        let (mut words, mut length) = (Vec::with_capacity(CELL_DATA as usize), None);
        let mut next = Some(head);
        for nth in 0..MOST_CELLS {
            let Some(cell) = next else { break };
            let (_, content) = self.known(cell)?.read(Some(&mut words))?;
            if content.index != index || content.version != version || content.length.is_some() != (nth == 0) {
                return None;
            }
            length = length.or(content.length);
            next = content.next;
        }
        unpack(&words, length?)
    }

    /// Whether `head` is the first cell of that version of the record `index`.
    pub(super) fn has(&self, head: u32, index: u32, version: Epoch) -> bool {
        self.length(head, index, version).is_some()
    }

    /// Returns how many bytes that version of the record `index` has, if `head` is its first cell.
    pub(super) fn length(&self, head: u32, index: u32, version: Epoch) -> Option<usize> {
        let (_, content) = self.known(head)?.read(None)?;
        content.length.filter(|_| content.index == index && content.version == version)
    }

    /// Frees the cells of a version of the record `index` whose first cell is `head`, if `fits` says so of the version.
    /// Does nothing if the cell has no such version any more. The call can be repeated after the death of its caller:
    /// the first cell is freed last, and leads to those that are left.
    pub(super) fn free(&self, head: u32, index: u32, fits: impl Fn(Epoch) -> bool) {
        let mut chain: Vec<(Cell<'_>, CellState)> = Vec::new();
        let (mut next, mut version) = (Some(head), None);
        while let Some(cell) = next.and_then(|number| self.known(number))
            && chain.len() < MOST_CELLS
            && let Some((state, content)) = cell.read(None)
        {
            let is_same = version.unwrap_or(content.version) == content.version;
            if content.index != index || !is_same || content.length.is_some() != chain.is_empty() {
                break;
            }
            version = Some(content.version);
            chain.push((cell, state));
            next = content.next;
        }
        if !version.is_some_and(fits) {
            return;
        }
        if mutant("free the first cell first") {
            chain.reverse();
        }
        chain.iter().rev().for_each(|(cell, state)| self.free_one(*cell, *state));
    }

    /// Frees a cell, if its state is still `state`.
    fn free_one(&self, cell: Cell<'_>, state: CellState) {
        if cell.free(state) {
            let mut freed = lock(&self.hints.freed);
            if freed.len() < REMEMBERED {
                freed.push(cell.number);
            }
        }
    }

    /// Frees the cells that the dead session in the slot took, unless their version is current. The caller has the
    /// slot's lock, and has recovered all records already. `is_current` says whether a version is its record's current
    /// one.
    pub(super) fn sweep(&self, dead: u16, is_current: impl Fn(u32, Epoch) -> bool) {
        for cell in self.used() {
            let state = cell.state();
            if state.is_taken_by(dead) {
                self.free_one(cell, state);
                continue;
            }
            if !state.is_written_by(dead) {
                continue;
            }
            point("recover.cell");
            if let Some((seen, content)) = cell.read(None)
                // Since the first look, the cell may have been given to a version that another session writes.
                && (seen == state || mutant("sweep what others stage"))
                && !is_current(content.index, content.version)
            {
                self.free_one(cell, seen);
            }
        }
    }

    /// Returns the first cell of that version of the record `index`, if the session in the slot has written it.
    pub(super) fn find(&self, slot: u16, index: u32, version: Epoch) -> Option<u32> {
        let mut written = self.used().filter(|cell| cell.state().is_written_by(slot));
        written.find(|cell| self.has(cell.number, index, version)).map(|cell| cell.number)
    }

    /// Returns the cells that were used. All of them are allocated.
    pub(super) fn used(&self) -> impl Iterator<Item = Cell<'_>> {
        (0..self.used_count() as u32).map(|number| self.cell(number))
    }

    /// Returns the cells of the version whose first cell is `head`.
    #[cfg(all(test, not(loom)))]
    pub(super) fn chain(&self, head: u32) -> Vec<Cell<'_>> {
        let next = |cell: &Cell<'_>| self.known(cell.read(None)?.1.next?);
        std::iter::successors(self.known(head), next).collect()
    }

    fn cell(&self, number: u32) -> Cell<'_> {
        Cell::at(self.map, number)
    }

    /// Returns the cell with this number, if it was used. The number comes from another word, and may be any number if
    /// that word is damaged.
    fn known(&self, number: u32) -> Option<Cell<'_>> {
        (u64::from(number) < self.used_count()).then(|| self.cell(number))
    }

    fn used_count(&self) -> u64 {
        // Acquire: pairs with the swap that raised the number, and so with the allocation before it.
        self.map.header(Header::CellsUsed).load(Ordering::Acquire).min(self.map.layout().cells.into())
    }

    /// Takes a free cell for the session in the slot: one that this session freed, one of a few used cells, one that
    /// was never used, or one of many used cells.
    fn take(&self, slot: u16) -> Option<(Cell<'_>, CellState)> {
        let freed = || lock(&self.hints.freed).pop();
        while let Some(number) = freed() {
            if let Some(taken) = self.known(number).and_then(|cell| take(cell, slot)) {
                return Some(taken);
            }
        }
        self.take_used(slot, FEW).or_else(|| self.take_fresh(slot)).or_else(|| self.take_used(slot, MANY))
    }

    /// Takes one of the next used cells, of which it looks at `most`.
    fn take_used(&self, slot: u16, most: u64) -> Option<(Cell<'_>, CellState)> {
        let used = self.used_count();
        // Relaxed: the number only spreads a session's looks over the cells.
        let mut looks = (0..most.min(used)).map(|_| u64::from(self.hints.next.fetch_add(1, Ordering::Relaxed)) % used);
        looks.find_map(|number| take(self.cell(number as u32), slot))
    }

    /// Takes a cell that was never used. Allocates cells if there is none.
    fn take_fresh(&self, slot: u16) -> Option<(Cell<'_>, CellState)> {
        loop {
            let reserved = self.map.header(Header::CellsReserved).load(Ordering::Acquire);
            let reserved = reserved.min(self.map.layout().cells.into());
            let next = |used: u64| (used < reserved).then(|| used + 1);
            // A compare-and-swap loop: each cell is given out once. A session that dies before it takes the cell leaves
            // a free one among the used cells.
            match self.map.header(Header::CellsUsed).fetch_update(Ordering::AcqRel, Ordering::Acquire, next) {
                Ok(number) => {
                    if let Some(taken) = take(self.cell(number as u32), slot) {
                        return Some(taken);
                    }
                }
                Err(_) if self.reserve_more(reserved) => {}
                Err(_) => return None,
            }
        }
    }

    /// Allocates cells after the first `reserved`. Returns whether there are more now.
    #[cold]
    fn reserve_more(&self, reserved: u64) -> bool {
        let next = (reserved + STEP).min(self.map.layout().cells.into());
        if next == reserved || cfg!(loom) || allocate(self.file, self.map, reserved, next).is_err() {
            return false;
        }
        point("cells.reserved");
        // Release: a session that sees the number finds the cells allocated. Another session may have stored a larger
        // number.
        self.map.header(Header::CellsReserved).fetch_max(next, Ordering::AcqRel);
        true
    }
}

fn take(cell: Cell<'_>, slot: u16) -> Option<(Cell<'_>, CellState)> {
    cell.take(slot).map(|state| (cell, state))
}

/// Allocates the cells from `first` up to `end`, so that no store into them finds the file system full.
pub(super) fn allocate(file: &File, map: &Map, first: u64, end: u64) -> rustix::io::Result<()> {
    let layout = map.layout();
    for (start, length) in [(layout.cell_states(), 8), (layout.cell_words(), CELL)] {
        let (from, bytes) = (start + first * length, (end - first) * length);
        retry_on_intr(|| fallocate(file, FallocateFlags::empty(), from, bytes))?;
    }
    Ok(())
}
