//! The part of a session that all sessions of a store share: the ledger and the folder.

use super::folder::Folder;
use super::layout::Header;
use super::map::Map;
use super::record::Record;
use super::version::Versions;
use crate::sync::Ordering;
use std::fs::File;

/// What all sessions of a store have in common: the ledger and the versions.
pub(super) struct SharedStore {
    pub(super) map: Map,
    pub(super) folder: Folder,
    pub(super) file: File,
}

impl SharedStore {
    pub(super) fn versions(&self) -> Versions<'_> {
        Versions { folder: &self.folder, ledger: &self.file }
    }

    pub(super) fn record(&self, index: u32) -> Option<Record<'_>> {
        Record::at(&self.map, index)
    }

    /// Every record that was ever in use.
    pub(super) fn used_records(&self) -> impl Iterator<Item = Record<'_>> {
        let used = self.map.header(Header::HighWater).load(Ordering::Acquire);
        (0..self.map.layout().records)
            .take_while(move |index| u64::from(*index) < used)
            .filter_map(|index| self.record(index))
    }
}
