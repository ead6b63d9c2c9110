//! Where the versions of a record are: each in cells, or in a file.
//!
//! A record's place has the first cell of its current version and, while a commit is completed, of the version that the
//! commit replaces. A version that is longer than the cells allow has a file, and no cell. A reader knows the number of
//! a version, and looks at the cells of the place first: a cell says whose version it has. If none of them has it, it
//! has a file, or is gone.

use super::cells::Cells;
use super::content::{NewBytes, NextVersion};
use super::errors::damaged;
use super::place::Place;
use super::record::Record;
use super::session::Shm;
use super::shared::SharedStore;
use super::unfinished::UnfinishedStep;
use crate::backend::{Bytes, Pieces, joined};
use crate::error::Result;
use crate::id::Epoch;
use crate::sync::{mutant, point};

/// Where a version is that is written and not committed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Staged {
    /// In cells; the number is that of the first one.
    Cells(u32),
    /// In a file, which has its published name and an entry in the stage.
    File,
}

impl Staged {
    /// Returns the first cell.
    pub(super) fn cell(self) -> Option<u32> {
        match self {
            Self::Cells(cell) => Some(cell),
            Self::File => None,
        }
    }
}

impl SharedStore {
    /// The cells of the store.
    pub(super) fn cells(&self) -> Cells<'_> {
        Cells { map: &self.map, file: &self.file, hints: &self.hints }
    }

    /// Returns the bytes of a version: copied if they are few, otherwise mapped.
    ///
    /// # Errors
    /// Those of [`Versions::read`](super::version::Versions::read).
    pub(super) fn read(&self, index: u32, version: Epoch) -> Result<Bytes> {
        match self.read_cells(index, version) {
            Some(bytes) => Ok(Bytes::Copied(bytes)),
            None => self.versions().read(index, version),
        }
    }

    /// Returns the bytes of a version that is in cells. One look at the place is enough. The caller has the version's
    /// number from a load of `current`, and the place was stored before. So if the version is in neither cell of the
    /// place, it has a file, or was replaced.
    pub(super) fn read_cells(&self, index: u32, version: Epoch) -> Option<Vec<u8>> {
        let Place { current, replaced } = self.record(index)?.place();
        let mut heads = [current, replaced].into_iter().flatten();
        heads.find_map(|head| self.cells().read(head, index, version))
    }

    /// Returns how many bytes the record's current version has; 0 if it is gone.
    pub(super) fn length(&self, record: Record<'_>) -> Result<u64> {
        let version = record.current();
        let in_cells = record.place().current.and_then(|head| self.cells().length(head, record.index, version));
        match in_cells {
            Some(length) => Ok(length as u64),
            None => self.versions().length(record.index, version),
        }
    }

    /// Returns whether the record's current version, or the version that its commit replaces, is in cells.
    pub(super) fn is_in_cells(&self, record: Record<'_>, version: Epoch) -> bool {
        let Place { current, replaced } = record.place();
        [current, replaced].into_iter().flatten().any(|head| self.cells().has(head, record.index, version))
    }

    /// Makes `next` the place of `version`, which is about to be the current version; `None` if it has a file. The cells
    /// of the version that is current still become those of the replaced version. The call can be repeated.
    pub(super) fn shift_place(&self, record: Record<'_>, version: Epoch, next: Option<u32>) {
        let Place { current, replaced } = record.place();
        let shifted = |head| self.cells().has(head, record.index, version) && !mutant("shift a place twice");
        let replaced = current.filter(|head| !shifted(*head)).or(replaced);
        record.set_place(Place { current: next, replaced });
        point("commit.placed");
    }

    /// Frees the cells of the version that the commit of `version` replaced, if it was in cells. The caller completes
    /// that commit. The call can be repeated.
    pub(super) fn free_replaced(&self, record: Record<'_>, version: Epoch) {
        let place = record.place();
        if let Some(head) = place.replaced.filter(|_| !mutant("keep the cells of what was replaced")) {
            self.cells().free(head, record.index, |replaced| replaced < version);
            record.set_place(Place { replaced: None, ..place });
            point("commit.freed");
        }
    }

    /// Removes the record's versions. The caller takes the object apart. The call can be repeated.
    pub(super) fn remove_versions(&self, record: Record<'_>) -> Result<()> {
        let Place { current, replaced } = record.place();
        if current.is_none() {
            self.versions().remove(record.index, record.current())?;
        }
        self.versions().remove(record.index, record.prev())?;
        let last = record.current();
        [current, replaced].into_iter().flatten().for_each(|head| {
            self.cells().free(head, record.index, |version| version <= last);
        });
        Ok(())
    }
}

impl Shm {
    /// Writes the first version of an object that no other session knows yet. Returns the first cell of a version that
    /// is in cells.
    pub(super) fn write_first(
        &self,
        record: Record<'_>,
        version: Epoch,
        bytes: &mut NewBytes<'_>,
    ) -> Result<Option<u32>> {
        let cell = match bytes {
            NewBytes::Pieces(pieces) => self.write_cells(record, version, pieces),
            NewBytes::InPlace { .. } => None,
        };
        match cell {
            Some(cell) => Ok(Some(cell)),
            None => self.shared.versions().write_first(record.index, version, bytes).map(|()| None),
        }
    }

    /// Copies the current version of one record of this session as the first version of another one.
    pub(super) fn copy_version(&self, old: Record<'_>, new: Record<'_>, version: Epoch) -> Result<Option<u32>> {
        if old.place().current.is_none() {
            let (from, to) = ((old.index, old.current()), (new.index, version));
            return self.shared.versions().link(from, to).map(|()| None);
        }
        let bytes = self.shared.read_cells(old.index, old.current());
        let bytes = bytes.ok_or_else(|| damaged("the object's record names a version that the store does not have"))?;
        self.write_first(new, version, &mut NewBytes::Pieces(&[&bytes]))
    }

    /// Writes a version whose commit may still be refused. If there is no room, or the system refuses a step, nothing of
    /// the version is left, now or later.
    pub(super) fn stage(&self, record: Record<'_>, token: Epoch, bytes: NextVersion<'_>) -> Result<Staged> {
        self.reserve_bytes(bytes.length())?;
        if let NextVersion::Pieces(pieces) = bytes
            && let Some(cell) = self.write_cells(record, token, pieces)
        {
            return Ok(Staged::Cells(cell));
        }
        let (versions, index) = (self.shared.versions(), record.index);
        if record.place().current.is_some() {
            // No version of this record may have had a file.
            versions.make_group(index)?;
        }
        match bytes {
            NextVersion::Pieces(pieces) => versions.stage(self.me, index, token, pieces)?,
            NextVersion::File(file) => versions.stage_file(self.me, index, token, file)?,
        }
        point("commit.staged");
        versions.publish(self.me, index, token).inspect_err(|_| {
            let left = versions.remove_from_stage(self.me, index, token);
            self.finish_later(left, UnfinishedStep::RemoveFromStage(index, token));
        })?;
        point("commit.named");
        Ok(Staged::File)
    }

    /// Removes a version whose commit was refused. If the system refuses the removal, it is tried again later.
    pub(super) fn unstage(&self, record: Record<'_>, token: Epoch, staged: Staged) {
        match staged {
            Staged::Cells(cell) => self.shared.cells().free(cell, record.index, |version| version == token),
            Staged::File => {
                let removed = self.shared.versions().unstage(self.me, record.index, token);
                self.finish_later(removed, UnfinishedStep::Unstage(record.index, token));
            }
        }
    }

    fn write_cells(&self, record: Record<'_>, version: Epoch, bytes: Pieces<'_>) -> Option<u32> {
        let length = bytes.iter().map(|piece| piece.len()).sum();
        let cells = self.shared.cells();
        if cells.fits(length) { cells.write(self.me, record.index, version, &joined(bytes)) } else { None }
    }
}
