//! The ledger and the folder of a store, as one session has them open.

use super::cells::CellHints;
use super::folder::Folder;
use super::layout::Header;
use super::map::Map;
use super::record::Record;
use super::retired::RetiredFiles;
use super::version::Versions;
use crate::sync::Ordering;
use std::fs::File;

/// A session's access to what all sessions of a store share: the ledger and the versions.
pub(super) struct SharedStore {
    /// The mapped ledger.
    pub(super) map: Map,
    pub(super) folder: Folder,
    /// The file of the ledger, with this session's lock on it.
    pub(super) file: File,
    pub(super) hints: CellHints,
    pub(super) retired: RetiredFiles,
}

impl SharedStore {
    pub(super) fn new(map: Map, folder: Folder, file: File) -> Self {
        Self { map, folder, file, hints: CellHints::default(), retired: RetiredFiles::default() }
    }

    /// The files of the store's versions.
    pub(super) fn versions(&self) -> Versions<'_> {
        Versions { folder: &self.folder, ledger: &self.file, retired: &self.retired }
    }

    /// Returns the record with this index, or `None` if there is none.
    pub(super) fn record(&self, index: u32) -> Option<Record<'_>> {
        Record::at(&self.map, index)
    }

    /// Returns the records below the high-water mark. No other record was ever in use.
    pub(super) fn used_records(&self) -> impl Iterator<Item = Record<'_>> {
        // Acquire: pairs with the swap that raised the mark.
        let used = self.map.header(Header::HighWater).load(Ordering::Acquire);
        (0..self.map.layout().records)
            .take_while(move |index| u64::from(*index) < used)
            .filter_map(|index| self.record(index))
    }
}
