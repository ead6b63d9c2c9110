//! The place of a record: a word beside the record that leads to the cells of its versions.

/// The place word of a record: the first cells of two versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The first cell of the current version; `None` if that version has a file.
    pub(super) current: Option<u32>,
    /// The first cell of the version that a commit replaces, until its cells are freed.
    pub(super) replaced: Option<u32>,
}

impl From<u64> for Place {
    fn from(word: u64) -> Self {
        Self { current: (word as u32).checked_sub(1), replaced: ((word >> 32) as u32).checked_sub(1) }
    }
}

impl From<Place> for u64 {
    fn from(place: Place) -> Self {
        let half = |cell: Option<u32>| cell.map_or(0, |cell| Self::from(cell) + 1);
        half(place.replaced) << 32 | half(place.current)
    }
}
