//! What must be true, known without the store: kernel locks, and counters of acknowledged commits.

use crate::Note;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// The folder of the witnesses.
#[derive(Debug)]
pub(crate) struct Oracle {
    folder: PathBuf,
}

/// A lock that proves that its object is held as it should be.
#[derive(Debug)]
pub(crate) struct Witness {
    file: File,
    key: u64,
}

/// A broken promise, in words.
pub(crate) type Violation = String;

/// The object that a note belongs to.
pub(crate) fn key(note: &Note) -> u64 {
    note.n >> 24
}

fn count(note: &Note) -> u64 {
    note.n & 0xff_ffff
}

impl Oracle {
    pub(crate) fn new(base: &Path) -> Self {
        Self { folder: base.join("oracle") }
    }

    fn file(&self, key: u64) -> File {
        let path = self.folder.join(key.to_string());
        OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path).expect("the oracle's file")
    }

    /// Somebody was granted a shared borrow of this value.
    pub(crate) fn shared(&self, note: &Note) -> Result<Witness, Violation> {
        let file = self.file(key(note));
        let granted = file.try_lock_shared();
        self.witness(file, note, granted, "shared")
    }

    /// Somebody was granted an exclusive borrow of this value, or has it at home.
    pub(crate) fn exclusive(&self, note: &Note) -> Result<Witness, Violation> {
        let file = self.file(key(note));
        let granted = file.try_lock();
        self.witness(file, note, granted, "exclusive")
    }

    fn witness(
        &self,
        file: File,
        note: &Note,
        lock: Result<(), TryLockError>,
        how: &str,
    ) -> Result<Witness, Violation> {
        if !note.is_whole() {
            return Err(format!("a {how} borrow reads a torn value of {}", key(note)));
        }
        if lock.is_err() {
            return Err(format!("a {how} borrow of {} beside another", key(note)));
        }
        let witness = Witness { file, key: key(note) };
        let acknowledged = witness.acknowledged();
        // A commit counts that was made and not written down, if its process was killed in between; one at a time.
        match count(note) {
            now if now == acknowledged || now == acknowledged + 1 => {
                witness.acknowledge(note);
                Ok(witness)
            }
            now => Err(format!("{} commits of {} were acknowledged, and {now} are there", acknowledged, witness.key)),
        }
    }
}

impl Witness {
    fn acknowledged(&self) -> u64 {
        let mut bytes = [0; 8];
        match self.file.read_at(&mut bytes, 0).expect("the oracle reads") {
            8 => u64::from_le_bytes(bytes),
            _ => 0,
        }
    }

    /// Writes down that a commit of this value was acknowledged.
    pub(crate) fn acknowledge(&self, note: &Note) {
        self.file.write_all_at(&count(note).to_le_bytes(), 0).expect("the oracle writes");
    }

    /// The borrow is forgotten; so is its witness, until the process ends.
    pub(crate) fn forget(self) {
        std::mem::forget(self.file);
    }
}
