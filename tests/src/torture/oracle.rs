//! Checks what processes see in the store against two things outside of it: kernel locks, and counters of commits.

use crate::Note;
use rustix::fs::{FlockOperation, fcntl_lock};
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// The folder of the oracle's files, one for each object.
#[derive(Debug)]
pub(crate) struct Oracle {
    folder: PathBuf,
}

/// A kernel lock on the oracle's file of an object. A process has the lock while it uses a borrow of the object, or
/// changes the object as its owner. When a process is killed, Linux drops the locks of the process's files from the
/// highest descriptor down. The session's lock file was opened first. So this lock is dropped before the session's
/// lock, whose end tells other processes that the object is free.
#[derive(Debug)]
pub(crate) struct Witness {
    file: File,
}

/// Offsets in an object's file: of the number of the last commit that was acknowledged or seen in a borrow, and of the
/// number of the last commit that was begun.
const ACKNOWLEDGED: u64 = 0;
const BEGUN: u64 = 8;

/// A broken promise, in words.
pub(crate) type Violation = String;

/// Returns the number of the object that a note belongs to.
fn key(note: &Note) -> u64 {
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

    /// Checks a shared borrow of the object `key`, in which `note` was read. Returns the borrow's lock.
    pub(crate) fn shared(&self, key: u64, note: &Note) -> Result<Witness, Violation> {
        let file = self.file(key);
        let granted = file.try_lock_shared();
        witness(file, key, note, granted, "a shared borrow")
    }

    /// Checks an exclusive borrow of the object `key`, in which `note` was read. Returns the borrow's lock.
    pub(crate) fn exclusive(&self, key: u64, note: &Note) -> Result<Witness, Violation> {
        self.alone(key, note, "an exclusive borrow")
    }

    /// Checks that an owner has its object `key` alone. `note` is the value that the owner sees. Returns
    /// the owner's lock.
    pub(crate) fn at_home(&self, key: u64, note: &Note) -> Result<Witness, Violation> {
        self.alone(key, note, "an owner")
    }

    fn alone(&self, key: u64, note: &Note, who: &str) -> Result<Witness, Violation> {
        let file = self.file(key);
        let granted = file.try_lock();
        witness(file, key, note, granted, who)
    }

    /// Returns the number of the object's last commit that was acknowledged or seen in a borrow so far.
    pub(crate) fn acknowledged(&self, key: u64) -> u64 {
        number(&self.file(key), ACKNOWLEDGED)
    }

    /// Checks a version that was read by name, at the same time as other processes change the object. `acknowledged`
    /// was read before the version.
    pub(crate) fn was_read(&self, key: u64, note: &Note, acknowledged: u64) -> Result<(), Violation> {
        check(key, note, acknowledged, number(&self.file(key), BEGUN), "a reader by name")
    }

    /// Notes that a commit of this value was acknowledged. Other processes may have committed after that commit.
    pub(crate) fn acknowledge(&self, note: &Note) {
        write_down(&self.file(key(note)), note);
    }
}

fn witness(file: File, key: u64, note: &Note, lock: Result<(), TryLockError>, who: &str) -> Result<Witness, Violation> {
    if lock.is_err() {
        return Err(format!("{who} of {key} beside another"));
    }
    check(key, note, number(&file, ACKNOWLEDGED), number(&file, BEGUN), who)?;
    write_down(&file, note);
    Ok(Witness { file })
}

fn check(key: u64, note: &Note, acknowledged: u64, begun: u64, who: &str) -> Result<(), Violation> {
    if !note.is_whole() {
        return Err(format!("{who} of {key} sees a torn value"));
    }
    if key != self::key(note) {
        return Err(format!("{who} of {key} sees {}", self::key(note)));
    }
    // A commit that was begun and not acknowledged may count: its process may have been killed in between.
    match count(note) {
        now if (acknowledged..=begun).contains(&now) => Ok(()),
        now => Err(format!("{who} of {key} sees {now} commits: {begun} were begun, {acknowledged} acknowledged")),
    }
}

impl Witness {
    /// Notes that a commit of this value begins: from now on a reader may see it.
    pub(crate) fn begin(&self, note: &Note) {
        self.file.write_all_at(&count(note).to_le_bytes(), BEGUN).expect("the oracle writes");
    }

    /// Keeps the lock until the process ends. The caller forgets the handle of the borrow too.
    pub(crate) fn forget(self) {
        std::mem::forget(self.file);
    }
}

/// Writes down that every later reader must see this value or a later one.
fn write_down(file: &File, note: &Note) {
    // An `fcntl` lock does not conflict with the witnesses' locks, which are of `flock`.
    fcntl_lock(file, FlockOperation::LockExclusive).expect("the oracle waits");
    let most = number(file, ACKNOWLEDGED).max(count(note));
    file.write_all_at(&most.to_le_bytes(), ACKNOWLEDGED).expect("the oracle writes");
    fcntl_lock(file, FlockOperation::Unlock).expect("the oracle goes on");
}

fn number(file: &File, at: u64) -> u64 {
    let mut bytes = [0; 8];
    match file.read_at(&mut bytes, at).expect("the oracle reads") {
        8 => u64::from_le_bytes(bytes),
        _ => 0,
    }
}
