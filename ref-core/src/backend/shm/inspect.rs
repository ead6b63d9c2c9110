//! A look into a store: its objects and sessions, without a session, and without a lock on the ledger.
//!
//! # One moment
//! A look loads the words of a record, and then loads them again (seqlock). Equal words belong to one moment, since a
//! record never has the same state twice. The owner word and the reader bits are compared as well: a claim changes the
//! owner word alone, and a reader its bit alone. The version is read after the words: its bytes do not change while it
//! is current, and cells say whose version they have. If the version is missing, a commit may have replaced it, and the
//! look is repeated.

use super::clock::{self, Deadline};
use super::errors::{failed, lost, removed};
use super::folder::{Folder, is_removed};
use super::ledger_file::open_existing;
use super::map::Map;
use super::names::{lock_name, name};
use super::open::{Location, is_not_found};
use super::record::Record;
use super::shared::SharedStore;
use super::state::{Mode as RecordMode, OwnerKind, OwnerWord, State};
use super::types;
use crate::backend::inspect::{
    FoundObject, HEAD, Inspect, ObjectEntry, ObjectHolder, ObjectState, SessionEntry, always_changed, never_still,
    not_there, too_large,
};
use crate::error::{AccessKind, Error, ErrorKind, Holder, Result};
use crate::id::{Epoch, ObjectId};
use crate::sync::{point, yield_now};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::fs::TryLockError;
use std::io::Read as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::time::Duration;

/// Opens the store at `location` to look into it. Makes nothing, takes no slot, recovers nothing, and keeps no lock.
///
/// # Errors
/// `StoreRemoved` if there is no store. Otherwise those of the folder and of the ledger.
pub(crate) fn inspect(location: &Location) -> Result<Box<dyn Inspect>> {
    let none = || {
        let what = format!("there is no store in {}", location.path().display());
        Error::new(ErrorKind::StoreRemoved, what).with_remedy("check the address: to look into a store makes none")
    };
    let folder = match Folder::existing(location.path(), location.is_named()) {
        Err(error) if is_not_found(&error) => return Err(none()),
        folder => folder?,
    };
    let file = open_existing(&folder)?.ok_or_else(none)?;
    let map = Map::open(&file)?;
    Ok(Box::new(SharedStore::new(map, folder, file)))
}

/// How often a look is repeated, if the object has changed meanwhile each time.
const LOOKS: usize = 1000;

/// The words of a record that has an object, as they were at one moment.
struct RecordWords {
    state: State,
    id: ObjectId,
    owner: OwnerWord,
    current: Epoch,
    note: Deadline,
    readers: Vec<u16>,
}

impl RecordWords {
    /// Whether the two are equal, but for the `wait` bit.
    fn is_same(&self, other: &Self) -> bool {
        let rest = |words: &Self| (words.id, words.owner, words.current, words.note);
        self.state.is_but_for_waiter(other.state) && rest(self) == rest(other) && self.readers == other.readers
    }
}

/// The sessions that hold an object.
struct FoundHolders {
    owner: Option<(u16, Holder)>,
    borrowers: Vec<(u16, AccessKind, Holder)>,
}

/// Whether the session in a slot lives, for the slots that a listing has probed.
type KnownLives = BTreeMap<u16, bool>;

impl Inspect for SharedStore {
    fn objects(&self) -> Result<Vec<FoundObject>> {
        let mut lives = KnownLives::new();
        let mut found: Vec<_> = self.used_records().filter_map(|record| self.look_at(record, &mut lives)).collect();
        // The names are read last. So each object that was found as published has its link, unless the object is gone.
        let names: BTreeMap<_, _> = self.list_names("")?.into_iter().map(|(name, object)| (object, name)).collect();
        for FoundObject { entry, .. } in &mut found {
            let name = names.get(&entry.id).filter(|_| entry.state == ObjectState::Published);
            entry.name = name.map(ToString::to_string);
        }
        self.check_there().map(|()| found)
    }

    fn look_for(&self, wanted: &[ObjectId]) -> Result<Vec<FoundObject>> {
        let mut lives = KnownLives::new();
        let mut look = |id: &ObjectId| self.look_at(self.record(id.index)?, &mut lives).filter(|it| it.entry.id == *id);
        let found = wanted.iter().filter_map(&mut look).collect();
        self.check_there().map(|()| found)
    }

    fn sessions(&self) -> Result<Vec<SessionEntry>> {
        let used = (0..self.map.layout().slots).filter(|slot| self.is_in_use(*slot));
        let entry = |slot: u16| SessionEntry {
            session: slot.to_string(),
            process: self.process_in(slot),
            is_alive: self.lives(slot),
        };
        let found = used.map(entry).collect();
        self.check_there().map(|()| found)
    }

    fn version_bytes(&self, object: ObjectId, most: u64) -> Result<Vec<u8>> {
        for _ in 0..LOOKS {
            let words = self.words_of(object)?;
            let read = self.copy_version(&words, most);
            // The file of a version may be written again once the version is not current any more. So what was read is
            // the version if the words are the same afterwards.
            match self.words_of(object)?.is_same(&words) {
                true => return read,
                false => yield_now(),
            }
        }
        self.check_there().and(Err(always_changed()))
    }

    fn type_description(&self, fingerprint: u64) -> Result<Option<String>> {
        self.check_there().map(|()| types::read(&self.folder, fingerprint))
    }

    fn limits(&self) -> (Option<u64>, Option<u64>) {
        let layout = self.map.layout();
        (Some(layout.records.into()), Some(layout.slots.into()))
    }
}

impl SharedStore {
    /// Fails with `StoreRemoved` if the ledger has no name any more: other processes do not use it then.
    fn check_there(&self) -> Result<()> {
        if is_removed(&self.file) { Err(removed()) } else { Ok(()) }
    }

    /// Loads the words of a record once; `None` if the record has no object.
    fn load_words(&self, record: Record<'_>) -> Option<RecordWords> {
        let state = record.state();
        point("inspect.state");
        let words = || RecordWords {
            state,
            id: record.id(),
            owner: record.owner(),
            current: record.current(),
            note: record.deadline(),
            readers: self.reader_slots(record).collect(),
        };
        (!state.has_no_object()).then(words)
    }

    /// Returns the record's object as it is at one moment; `None` if the record has no object.
    fn look_at(&self, record: Record<'_>, lives: &mut KnownLives) -> Option<FoundObject> {
        let mut words = self.load_words(record)?;
        for _ in 0..LOOKS {
            // The texts of a slot's page belong to the session that holds the object, if the session still holds the
            // object afterwards.
            let holders = self.holders_in(record, &words);
            let again = self.load_words(record)?;
            if again.is_same(&words) {
                let mut found = FoundObject { entry: self.entry_of(&words, holders, lives), head: Vec::new() };
                if self.add_version(&words, &mut found) || self.load_words(record)?.is_same(&words) {
                    return Some(found);
                }
            }
            yield_now();
            words = self.load_words(record)?;
        }
        let entry = ObjectEntry { problem: Some(never_still()), ..ObjectEntry::new(words.id, state_of(&words)) };
        Some(FoundObject { entry, head: Vec::new() })
    }

    /// Returns the sessions that the words name, with the texts of their slots' pages.
    fn holders_in(&self, record: Record<'_>, words: &RecordWords) -> FoundHolders {
        let holder = |slot| self.holder(slot, record.index);
        let owner = (words.owner.kind() == OwnerKind::Slot).then(|| words.owner.slot());
        let writer = matches!(
            words.state.mode(),
            Some(RecordMode::Exclusive | RecordMode::Publishing | RecordMode::Checkpointing)
        );
        let writer = writer.then(|| words.state.slot()).map(|slot| (slot, AccessKind::BorrowMut, holder(slot)));
        let readers = words.readers.iter().map(|slot| (*slot, AccessKind::Borrow, holder(*slot)));
        FoundHolders {
            owner: owner.map(|slot| (slot, holder(slot))),
            borrowers: writer.into_iter().chain(readers).collect(),
        }
    }

    /// Returns the entry for these words, without what the version says.
    fn entry_of(&self, words: &RecordWords, holders: FoundHolders, lives: &mut KnownLives) -> ObjectEntry {
        let mut found = |slot: u16, access, process| {
            let is_alive = *lives.entry(slot).or_insert_with(|| self.lives(slot));
            ObjectHolder { session: slot.to_string(), access, process, is_alive }
        };
        let owner = holders.owner.map(|(slot, process)| found(slot, AccessKind::Own, process));
        let borrowers = holders.borrowers.into_iter().map(|(slot, access, process)| found(slot, access, process));
        let mut entry = ObjectEntry {
            version: words.current.0,
            owner,
            holders: borrowers.collect(),
            time_left: time_left(words),
            is_waited_for: words.state.waited_for() || words.state.is(RecordMode::Pending),
            ..ObjectEntry::new(words.id, state_of(words))
        };
        entry.problem = self.damage_of(words);
        if entry.problem.is_some() {
            entry.state = ObjectState::Damaged;
        }
        entry
    }

    /// Returns what is wrong with words of one moment; `None` if this crate may have written them.
    fn damage_of(&self, words: &RecordWords) -> Option<String> {
        let slots = self.map.layout().slots;
        let is_named = matches!(
            words.state.mode(),
            Some(
                RecordMode::Exclusive
                    | RecordMode::Publishing
                    | RecordMode::Checkpointing
                    | RecordMode::Pending
                    | RecordMode::Adopting
            )
        );
        let state = is_named.then(|| words.state.slot());
        let owner = (words.owner.kind() == OwnerKind::Slot).then(|| words.owner.slot());
        match [state, owner].into_iter().flatten().find(|slot| *slot >= slots) {
            Some(slot) => Some(format!("the object's record names slot {slot} of a store with {slots}")),
            None if words.state.mode().is_none() => Some("the object's record has a state that does not exist".into()),
            None if words.owner.kind() == OwnerKind::None && !words.state.doomed() => {
                Some("the object's record names no owner, and the object is not doomed".into())
            }
            None => None,
        }
    }

    /// Adds what the version says, which is in cells or in a file. Returns false if there is neither: then the entry
    /// says that the file was removed, which holds if the words are still the same.
    fn add_version(&self, words: &RecordWords, found: &mut FoundObject) -> bool {
        let FoundObject { entry, head } = found;
        if let Some(mut bytes) = self.read_cells(words.id.index, words.current) {
            entry.bytes = bytes.len() as u64;
            bytes.truncate(HEAD);
            *head = bytes;
            return true;
        }
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        let file = match self.folder.open_file(&name(words.id.index, words.current), flags, Mode::empty()) {
            Ok(file) => file,
            Err(error) => {
                let missing = error == Errno::NOENT;
                let why = if missing { lost() } else { failed("cannot open the object's version", error) };
                entry.problem.get_or_insert_with(|| why.message_and_remedy().0);
                return !missing;
            }
        };
        head.resize(HEAD, 0);
        match file.metadata().and_then(|meta| Ok((file.read_at(head, 0)?, meta))) {
            Ok((length, meta)) => {
                head.truncate(length);
                entry.bytes = meta.len();
                let millis = meta.mtime().saturating_mul(1000).saturating_add(meta.mtime_nsec() / 1_000_000);
                entry.written = u64::try_from(millis).ok().map(clock::from_wall_millis);
            }
            Err(error) => {
                head.clear();
                let why = Error::io("cannot read the object's version", error).message_and_remedy().0;
                entry.problem.get_or_insert(why);
            }
        }
        true
    }

    /// Returns the words of this object's record.
    fn words_of(&self, object: ObjectId) -> Result<RecordWords> {
        let words = self.record(object.index).and_then(|record| self.load_words(record));
        match words.filter(|words| words.id == object) {
            Some(words) => Ok(words),
            None => self.check_there().and(Err(not_there(object))),
        }
    }

    /// Copies the version that the words name as current, out of its cells or its file.
    fn copy_version(&self, words: &RecordWords, most: u64) -> Result<Vec<u8>> {
        if let Some(bytes) = self.read_cells(words.id.index, words.current) {
            let length = bytes.len() as u64;
            return if length > most { Err(too_large(length, most)) } else { Ok(bytes) };
        }
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        let file = match self.folder.open_file(&name(words.id.index, words.current), flags, Mode::empty()) {
            Err(Errno::NOENT) => return Err(lost()),
            opened => opened.map_err(|error| failed("cannot open the object's version", error))?,
        };
        let mut bytes = Vec::new();
        file.take(most.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| Error::io("cannot read the object's version", error))?;
        let length = bytes.len() as u64;
        if length > most { Err(too_large(length, most)) } else { Ok(bytes) }
    }

    /// Whether the session in a slot lives, or is being recovered. Only the lock of a dead session is free. This call
    /// takes that lock shared and gives it back at once, and no session waits for it: a session that meets it looks at
    /// the slot again later, as if another session was recovering it.
    fn lives(&self, slot: u16) -> bool {
        if slot >= self.map.layout().slots || !self.is_in_use(slot) {
            return false;
        }
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        let Ok(lock) = self.folder.open_file(&lock_name(slot), flags, Mode::empty()) else { return true };
        match lock.try_lock_shared() {
            Ok(()) => lock.unlock().is_err(),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => true,
        }
    }
}

/// Returns how long the object stays at most as it is, if the words of one moment name an end of that.
fn time_left(words: &RecordWords) -> Option<Duration> {
    let has_end = words.owner.kind() == OwnerKind::Transit || words.owner.is_timed();
    if has_end && !words.state.doomed() { words.note.left() } else { None }
}

/// Returns what the object is doing, by the words of one moment.
fn state_of(words: &RecordWords) -> ObjectState {
    use RecordMode::{Closing, Idle, Offered, Shared};
    match (words.owner.kind(), words.state.mode()) {
        (_, None) => ObjectState::Damaged,
        _ if words.state.doomed() => ObjectState::Doomed,
        (OwnerKind::None, _) => ObjectState::Damaged,
        (OwnerKind::Transit, _) => ObjectState::InTransit,
        (OwnerKind::Detached, _) => ObjectState::Detached,
        (OwnerKind::Published, _) => ObjectState::Published,
        (OwnerKind::Slot, Some(Shared)) => ObjectState::LentShared,
        (OwnerKind::Slot, Some(Closing)) => ObjectState::Closing,
        (OwnerKind::Slot, Some(Offered)) => ObjectState::Offered,
        (OwnerKind::Slot, Some(Idle | RecordMode::Open | RecordMode::Adopting | RecordMode::Pending)) => {
            ObjectState::Idle
        }
        (OwnerKind::Slot, Some(_)) => ObjectState::LentExclusively,
    }
}
