//! Looks at the cells of a store's ledger from outside, by the offsets on the page `docs/layout.md`.

use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

const PAGE: u64 = 4096;
const CELL: u64 = 168;

/// Returns how many versions are in cells of the store in `folder`. A cell that is taken and not whole counts as a
/// version, and so does a whole cell to which no first cell of a version leads. Returns 0 if there is no ledger.
#[must_use]
pub(crate) fn versions_in_cells(folder: &Path) -> usize {
    let Ok(ledger) = File::open(folder.join("ledger")) else { return 0 };
    let word = |at| {
        let mut bytes = [0; 8];
        ledger.read_exact_at(&mut bytes, at).map_or(0, |()| u64::from_ne_bytes(bytes))
    };
    let (slots, records, most, used) = (word(24), word(32), word(96), word(104));
    let pages = |bytes: u64| bytes.next_multiple_of(PAGE);
    let planes = slots.div_ceil(64).max(1) - 1;
    let states = PAGE + pages(8 * slots) + pages(64 * records) + pages(8 * records) + PAGE * slots;
    let states = states + planes * pages(8 * records);
    let cells = states + pages(8 * most);
    let kind = |cell: &u64| word(states + 8 * cell) >> 62;
    let part = |cell: u64, nth: u64| word(cells + CELL * cell + 8 * nth);
    let taken = (0..used).filter(|cell| kind(cell) == 1).count();
    let whole: BTreeSet<u64> = (0..used).filter(|cell| kind(cell) == 2).collect();
    let heads: BTreeSet<u64> = whole.iter().copied().filter(|cell| part(*cell, 1) >> 63 == 1).collect();
    let next = |cell: &u64| u64::from(part(*cell, 0) as u32).checked_sub(1);
    let led: BTreeSet<u64> = heads.iter().flat_map(|head| std::iter::successors(Some(*head), next)).collect();
    taken + heads.len() + whole.difference(&led).count()
}
