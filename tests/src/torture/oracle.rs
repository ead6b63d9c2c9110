//! Checks what processes see in the store against three things outside of it: kernel locks, counters of commits, and
//! what living processes did to an object.
//!
//! After the revoke of a loan the object gets another key (see `rekey` in `worker`). Its owner may die at any moment
//! before or after that, and the object may be found by its name with either key. So the file of a key leads to the key
//! after it.

use super::value::Numbered;
use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::time::{ClockId, clock_gettime};
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

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
/// Offsets of the key that the object gets next, and of the last such key with which the value was written. 0 if there
/// is none.
const NEXT: u64 = 16;
const NEXT_WRITTEN: u64 = 24;
/// Offset of the object's first key, or 0 if this is the first.
const FIRST: u64 = 32;
/// Offset of 1 if a loan may have been revoked since the object has this key.
const REVOKED: u64 = 40;
/// Offset, in the file of the first key, of the number of calls of living processes that have ended the object, or
/// that were begun and may have.
const ENDINGS: u64 = 48;
/// Offsets, in the file of the first key, of the moments in milliseconds until which an object with a time must be there
/// at least, and until which it may be there at most. 0 if the object was put without a time.
const STAYS: u64 = 56;
const GOES: u64 = 64;
/// Offsets, there too, of the number of extensions that were begun and not acknowledged, and of the number of adoptions
/// that were begun and not refused. An object that was adopted has no time any more.
const EXTENDING: u64 = 72;
const ADOPTIONS: u64 = 80;
/// Offset, there too, of 1 if an adoption was acknowledged.
const ADOPTED: u64 = 88;
/// By how many milliseconds an object may stay longer than its time: a fraction of a tenth of a second counts as a whole
/// one, in the time and in the clock, and here a fraction of a millisecond.
pub(crate) const ROUNDED_UP: u64 = 201;

/// The oldest version that a reader may see: the key of its value, and the number of the last acknowledged commit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Oldest {
    key: u64,
    acknowledged: u64,
}

/// A broken promise, in words.
pub(crate) type Violation = String;

/// Returns the number of the object that a note belongs to.
pub(crate) fn key(note: &Numbered) -> u64 {
    note.n >> 24
}

fn count(note: &Numbered) -> u64 {
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
    pub(crate) fn shared(&self, key: u64, note: &Numbered) -> Result<Witness, Violation> {
        let file = self.file(key);
        let granted = file.try_lock_shared();
        witness(file, key, note, granted, "a shared borrow")
    }

    /// Checks an exclusive borrow of the object `key`, in which `note` was read. Returns the borrow's lock.
    pub(crate) fn exclusive(&self, key: u64, note: &Numbered) -> Result<Witness, Violation> {
        self.alone(key, note, "an exclusive borrow")
    }

    /// Checks that an owner has its object `key` alone. `note` is the value that the owner sees. Returns
    /// the owner's lock.
    pub(crate) fn at_home(&self, key: u64, note: &Numbered) -> Result<Witness, Violation> {
        self.alone(key, note, "an owner")
    }

    fn alone(&self, key: u64, note: &Numbered, who: &str) -> Result<Witness, Violation> {
        let file = self.file(key);
        let granted = file.try_lock();
        witness(file, key, note, granted, who)
    }

    /// Returns the oldest version that a reader may see from now on, of the object whose name was given to `key`.
    pub(crate) fn oldest(&self, mut key: u64) -> Oldest {
        loop {
            match number(&self.file(key), NEXT_WRITTEN) {
                0 => return Oldest { key, acknowledged: number(&self.file(key), ACKNOWLEDGED) },
                next => key = next,
            }
        }
    }

    /// Checks a version that was read by name, at the same time as other processes change the object. `oldest` was read
    /// before the version.
    pub(crate) fn was_read(&self, note: &Numbered, oldest: Oldest) -> Result<(), Violation> {
        let (mut key, mut acknowledged) = (oldest.key, oldest.acknowledged);
        while key != self::key(note) {
            match number(&self.file(key), NEXT) {
                0 => return Err(format!("a reader by name of {} sees {}", oldest.key, self::key(note))),
                next => (key, acknowledged) = (next, 0),
            }
        }
        check(key, note, acknowledged, number(&self.file(key), BEGUN), "a reader by name")
    }

    /// Notes that a loan is about to be revoked. If the owner dies then, borrowers may still have their witnesses when
    /// the object has another owner.
    pub(crate) fn will_revoke(&self, key: u64) {
        self.put(key, REVOKED, 1);
    }

    pub(crate) fn was_revoked(&self, key: u64) -> bool {
        number(&self.file(key), REVOKED) != 0
    }

    /// Notes that the owner of the object is about to give it the key `next`.
    pub(crate) fn will_rekey(&self, key: u64, next: u64) {
        self.put(next, FIRST, self.first(key));
        self.put(key, NEXT, next);
    }

    /// Notes that the value has the key `next` now.
    pub(crate) fn has_rekeyed(&self, key: u64, next: u64) {
        self.put(key, NEXT_WRITTEN, next);
    }

    /// Notes that this process decided to end the object, or to do what may end it.
    pub(crate) fn will_end(&self, key: u64) {
        change(&self.file(self.first(key)), ENDINGS, |endings| endings + 1);
    }

    /// Takes a note of [`will_end`](Self::will_end) back: the object is still there.
    pub(crate) fn has_not_ended(&self, key: u64) {
        change(&self.file(self.first(key)), ENDINGS, |endings| endings - 1);
    }

    /// Checks an object that is gone: a living process must have ended it, since no death does, or its time is over.
    pub(crate) fn is_gone(&self, key: u64) -> Result<(), Violation> {
        let file = self.file(self.first(key));
        let (stays, adopted) = (number(&file, STAYS), number(&file, ADOPTED));
        match number(&file, ENDINGS) {
            0 if stays == 0 || adopted != 0 => Err(format!("{key} is gone, and no living process has ended it")),
            0 if now() < stays => Err(format!("{key} is gone {} ms before its time is over", stays - now())),
            _ => Ok(()),
        }
    }

    /// Notes that an object is about to be put for this time, or has been. Of the two notes, the first one says how long
    /// the object stays at least, and the second one how long at most.
    pub(crate) fn has_time(&self, key: u64, time: Duration, is_put: bool) {
        self.put(key, if is_put { GOES } else { STAYS }, now() + millis(time) + if is_put { ROUNDED_UP } else { 0 });
    }

    /// Notes that an extension begins, and returns when.
    pub(crate) fn will_extend(&self, key: u64) -> u64 {
        change(&self.file(self.first(key)), EXTENDING, |begun| begun + 1);
        now()
    }

    /// Notes the end of an extension by this time, which began at `begun`, and whether it was acknowledged.
    pub(crate) fn has_extended(&self, key: u64, begun: u64, time: Option<Duration>) {
        let file = self.file(self.first(key));
        if let Some(time) = time {
            let extended = |until: u64, to: u64| if until == 0 { 0 } else { until.max(to) };
            change(&file, STAYS, |stays| extended(stays, begun + millis(time)));
            change(&file, GOES, |goes| extended(goes, now() + millis(time) + ROUNDED_UP));
        }
        change(&file, EXTENDING, |begun| begun - 1);
    }

    /// Notes that an adoption begins, or that one was refused.
    pub(crate) fn will_adopt(&self, key: u64, is_refused: bool) {
        let next = |begun: u64| if is_refused { begun - 1 } else { begun + 1 };
        change(&self.file(self.first(key)), ADOPTIONS, next);
    }

    /// Notes that an adoption was acknowledged: the object has no time any more.
    pub(crate) fn has_adopted(&self, key: u64) {
        change(&self.file(self.first(key)), ADOPTED, |_| 1);
    }

    /// Returns until when the object may be there at most, if nothing that was begun may let it stay for longer.
    pub(crate) fn goes(&self, key: u64) -> Option<u64> {
        let file = self.file(self.first(key));
        let is_settled = number(&file, EXTENDING) == 0 && number(&file, ADOPTIONS) == 0;
        Some(number(&file, GOES)).filter(|goes| is_settled && *goes > 0)
    }

    fn first(&self, key: u64) -> u64 {
        match number(&self.file(key), FIRST) {
            0 => key,
            first => first,
        }
    }

    fn put(&self, key: u64, at: u64, number: u64) {
        self.file(key).write_all_at(&number.to_le_bytes(), at).expect("the oracle writes");
    }

    /// Notes that a commit of this value was acknowledged. Other processes may have committed after that commit.
    pub(crate) fn acknowledge(&self, note: &Numbered) {
        write_down(&self.file(key(note)), note);
    }
}

fn witness(
    file: File,
    key: u64,
    note: &Numbered,
    lock: Result<(), TryLockError>,
    who: &str,
) -> Result<Witness, Violation> {
    if lock.is_err() {
        return Err(format!("{who} of {key} beside another"));
    }
    check(key, note, number(&file, ACKNOWLEDGED), number(&file, BEGUN), who)?;
    write_down(&file, note);
    Ok(Witness { file })
}

fn check(key: u64, note: &Numbered, acknowledged: u64, begun: u64, who: &str) -> Result<(), Violation> {
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
    pub(crate) fn begin(&self, note: &Numbered) {
        self.file.write_all_at(&count(note).to_le_bytes(), BEGUN).expect("the oracle writes");
    }

    /// Keeps the lock until the process ends. The caller forgets the handle of the borrow too.
    pub(crate) fn forget(self) {
        std::mem::forget(self.file);
    }
}

/// Writes down that every later reader must see this value or a later one.
fn write_down(file: &File, note: &Numbered) {
    change(file, ACKNOWLEDGED, |most| most.max(count(note)));
}

/// Changes a number, while no other process does.
fn change(file: &File, at: u64, to: impl FnOnce(u64) -> u64) {
    // An `fcntl` lock does not conflict with the witnesses' locks, which are of `flock`.
    fcntl_lock(file, FlockOperation::LockExclusive).expect("the oracle waits");
    file.write_all_at(&to(number(file, at)).to_le_bytes(), at).expect("the oracle writes");
    fcntl_lock(file, FlockOperation::Unlock).expect("the oracle goes on");
}

/// Returns the milliseconds of the clock by which a store at `shm:` counts time.
pub(crate) fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1000 + now.tv_nsec as u64 / 1_000_000
}

pub(crate) fn millis(time: Duration) -> u64 {
    time.as_millis() as u64
}

fn number(file: &File, at: u64) -> u64 {
    let mut bytes = [0; 8];
    match file.read_at(&mut bytes, at).expect("the oracle reads") {
        8 => u64::from_le_bytes(bytes),
        _ => 0,
    }
}
