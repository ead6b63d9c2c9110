//! Versions in memory, without files. Loom does not see look-ups of names. Loom sees accesses to the bytes, and fails
//! an execution in which the read of a version is not ordered after its write.

use super::content::NewBytes;
use super::folder::Folder;
use super::retired::RetiredFiles;
use crate::backend::{Bytes, Pieces, VersionFile};
use crate::error::{Error, ErrorKind, Result};
use crate::id::Epoch;
use loom::cell::UnsafeCell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::rc::Rc;

/// The name of a file: the slot whose stage the file is in, if it is in a stage; the record's index; the version.
type Name = (Option<u16>, u32, u64);

thread_local! {
    /// The files of this execution. Loom runs all threads of an execution on one thread of the system.
    static FILES: RefCell<BTreeMap<Name, Rc<UnsafeCell<Vec<u8>>>>> = const { RefCell::new(BTreeMap::new()) };
}

/// Forgets all files, for another execution.
pub(super) fn forget_all() {
    FILES.take();
}

/// Returns the names of all files.
pub(super) fn names() -> Vec<Name> {
    FILES.with_borrow(|files| files.keys().copied().collect())
}

#[allow(dead_code, reason = "the real ones are made of these fields")]
pub(super) struct Versions<'a> {
    pub(super) folder: &'a Folder,
    pub(super) ledger: &'a File,
    pub(super) retired: &'a RetiredFiles,
}

impl Versions<'_> {
    pub(super) fn write_first(&self, index: u32, version: Epoch, bytes: &mut NewBytes<'_>) -> Result<()> {
        match bytes {
            NewBytes::Pieces(pieces) => write((None, index, version.0), pieces),
            NewBytes::InPlace { length, fill } => {
                let mut bytes = vec![0; *length];
                fill(&mut bytes);
                write((None, index, version.0), &[&bytes])
            }
        }
    }

    pub(super) fn make_group(&self, _: u32) -> Result<()> {
        Ok(())
    }

    pub(super) fn maps(_: u64) -> bool {
        false
    }

    pub(super) fn stage(&self, slot: u16, index: u32, version: Epoch, bytes: Pieces<'_>) -> Result<()> {
        write((Some(slot), index, version.0), bytes)
    }

    pub(super) fn stage_file(&self, slot: u16, index: u32, version: Epoch, file: &VersionFile) -> Result<()> {
        self.stage(slot, index, version, &[file.bytes()])
    }

    pub(super) fn unstage(&self, slot: u16, index: u32, version: Epoch) -> Result<()> {
        self.remove_unpublished(index, version)?;
        self.remove_from_stage(slot, index, version)
    }

    pub(super) fn remove_unpublished(&self, index: u32, version: Epoch) -> Result<()> {
        self.remove(index, version)
    }

    pub(super) fn remove_from_stage(&self, slot: u16, index: u32, version: Epoch) -> Result<()> {
        FILES.with_borrow_mut(|files| files.remove(&(Some(slot), index, version.0)));
        Ok(())
    }

    pub(super) fn publish(&self, slot: u16, index: u32, version: Epoch) -> Result<()> {
        name((Some(slot), index, version.0), (None, index, version.0))
    }

    pub(super) fn restore(&self, _slot: u16, index: u32, version: Epoch) -> Result<bool> {
        Ok(names().contains(&(None, index, version.0)))
    }

    pub(super) fn on_stage(&self, slot: u16) -> Result<Vec<(u32, Epoch)>> {
        let of_slot = names().into_iter().filter(|(by, ..)| *by == Some(slot));
        Ok(of_slot.map(|(_, index, version)| (index, Epoch(version))).collect())
    }

    pub(super) fn link(&self, from: (u32, Epoch), to: (u32, Epoch)) -> Result<()> {
        name((None, from.0, from.1.0), (None, to.0, to.1.0))
    }

    pub(super) fn remove(&self, index: u32, version: Epoch) -> Result<()> {
        FILES.with_borrow_mut(|files| files.remove(&(None, index, version.0)));
        Ok(())
    }

    pub(super) fn length(&self, index: u32, version: Epoch) -> Result<u64> {
        Ok(self.read(index, version)?.len() as u64)
    }

    pub(super) fn read(&self, index: u32, version: Epoch) -> Result<Bytes> {
        let bytes = FILES.with_borrow(|files| files.get(&(None, index, version.0)).cloned()).ok_or_else(missing)?;
        // SAFETY: loom fails the execution if a write of these bytes does not happen before this read; no bytes are
        // written twice.
        Ok(Bytes::Copied(bytes.with(|bytes| unsafe { (*bytes).clone() })))
    }
}

/// Gives a file a second name. Panics if a file has that name already.
fn name(from: Name, to: Name) -> Result<()> {
    FILES.with_borrow_mut(|files| {
        let bytes = Rc::clone(files.get(&from).ok_or_else(missing)?);
        assert!(files.insert(to, bytes).is_none(), "a version was there already");
        Ok(())
    })
}

fn write(name: Name, bytes: Pieces<'_>) -> Result<()> {
    let file = Rc::new(UnsafeCell::new(Vec::new()));
    // SAFETY: no other thread has the file yet.
    file.with_mut(|inside| unsafe { (*inside).extend_from_slice(&bytes.concat()) });
    let before = FILES.with_borrow_mut(|files| files.insert(name, file));
    assert!(before.is_none(), "{name:?} was there already");
    Ok(())
}

fn missing() -> Error {
    Error::new(ErrorKind::Gone, "this version is not in the store")
}
