//! Detached objects, which every process can read, remove or adopt by their keys. In the torture's code such a key is
//! called a name, and "key" means the number of an object in the torture.
//!
//! A process that detaches a new object may be killed before it has written down the name. No process could then remove
//! the object. So detached objects are made by processes that the driver does not kill. The tortured processes detach
//! only objects that they have adopted. Such an object keeps its name.
//!
//! What is put for a time goes by itself. So the tortured processes make such objects, extend their times, and are killed
//! meanwhile. An object has to be there until its time is over, and must not be found later than that, unless a process
//! has adopted it, or was killed while it adopted or extended it.

use super::oracle::{Oracle, Violation, now};
use super::value::Numbered;
use super::worker::{KeyedOwner, Worker, fresh_key, in_the_way, keyed, open};
use ref_core::{Error, ErrorKind, Key, Refused, Store};
use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::Duration;

const FILE: &str = "names";
/// How many objects one process makes.
const NEW: u64 = 8;
/// How many of the youngest names are used. `YOUNG_BYTES` is more than their lines have together.
const YOUNG: usize = 12;
const YOUNG_BYTES: u64 = 8 << 10;

/// An object's number in the torture, and its name in the store.
type Named = (u64, Key<Numbered>);

/// Accepts a refusal of a call by the name of the object `key`: another process owns the object, or a living process
/// has ended it. Every other refusal is a violation.
fn not_to_be_had(oracle: &Oracle, key: u64, error: &Error) -> Result<(), Violation> {
    match error.kind() {
        ErrorKind::Conflict => Ok(()),
        ErrorKind::Gone => oracle.is_gone(key),
        _ => Err(format!("a name's holder is refused: {error:?}")),
    }
}

fn all(base: &Path) -> Result<Vec<Named>, Violation> {
    fs::read_to_string(base.join(FILE)).unwrap_or_default().lines().map(keyed).collect()
}

/// Returns the [`YOUNG`] names that were written last, the youngest first.
fn young(base: &Path) -> Result<Vec<Named>, Violation> {
    let Ok(mut file) = fs::File::open(base.join(FILE)) else { return Ok(Vec::new()) };
    let mut text = String::new();
    let end = file.seek(SeekFrom::End(0)).map_err(|error| format!("the names: {error}"))?;
    file.seek(SeekFrom::Start(end.saturating_sub(YOUNG_BYTES)))
        .and_then(|_| file.read_to_string(&mut text))
        .map_err(|error| format!("the names: {error}"))?;
    // After the last line break there may be a line that is still being written.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().rev().take(YOUNG).map(keyed).collect()
}

/// Makes `NEW` detached objects, and writes down their names. The driver does not kill the process that calls this.
pub fn supply(base: &Path, seed: u64) -> Result<(), Violation> {
    let store = open()?;
    let mut names = String::new();
    for nth in 1..=NEW {
        let key = fresh_key(seed, nth);
        let made = store.put(Numbered::sized(key << 24, 100));
        let name = made.and_then(|owned| owned.detach());
        let name = name.map_err(|error| format!("an object cannot be made and left: {error:?}"))?;
        names += &format!("{key} {}\n", name.to_text());
    }
    write_down(base, &names)
}

/// Appends lines to the file of the names.
fn write_down(base: &Path, names: &str) -> Result<(), Violation> {
    let file = fs::OpenOptions::new().create(true).append(true).open(base.join(FILE));
    file.and_then(|mut file| file.write_all(names.as_bytes())).map_err(|error| format!("the names: {error}"))
}

/// Removes all detached objects. No other process has the store open, so every object that no living process has ended
/// is there: detached, or in transit.
pub(super) fn remove_all(store: &Store, base: &Path) -> Result<(), Violation> {
    let oracle = Oracle::new(base);
    for (key, name) in all(base)? {
        read(&oracle, store, key, &name)?;
        remove(&oracle, store, key, &name)?;
    }
    // The owner of an object that got another name may have died before it could tell the name.
    let nameless = store.detached::<Numbered>().map_err(|error| format!("the detached objects: {error:?}"))?;
    for name in nameless {
        store.remove(&name).map_err(|error| format!("a detached object stays: {error:?}"))?;
    }
    Ok(())
}

fn read(oracle: &Oracle, store: &Store, key: u64, name: &Key<Numbered>) -> Result<Option<Numbered>, Violation> {
    let (oldest, goes, begun) = (oracle.oldest(key), oracle.goes(key), now());
    match store.get(name) {
        // What was settled before and after was so meanwhile: an adoption is never taken back from the count.
        Ok(_) if goes.and(oracle.goes(key)).is_some_and(|goes| begun > goes) => {
            Err(format!("{key} is found after its time"))
        }
        Ok(note) => oracle.was_read(&note, oldest).map(|()| Some(note)),
        Err(error) => not_to_be_had(oracle, key, &error).map(|()| None),
    }
}

fn remove(oracle: &Oracle, store: &Store, key: u64, name: &Key<Numbered>) -> Result<(), Violation> {
    oracle.will_end(key);
    match store.remove(name) {
        Ok(true) => Ok(()),
        Ok(false) => {
            oracle.has_not_ended(key);
            oracle.is_gone(key)
        }
        Err(error) => {
            oracle.has_not_ended(key);
            not_to_be_had(oracle, key, &error)
        }
    }
}

impl Worker {
    fn name(&mut self) -> Result<Option<Named>, Violation> {
        let nth = self.dice.below(YOUNG as u64) as usize;
        Ok(young(&self.base)?.into_iter().nth(nth))
    }

    /// Reads, removes or adopts a detached object.
    pub(super) fn by_name(&mut self) -> Result<(), Violation> {
        let Some((key, name)) = self.name()? else { return Ok(()) };
        match self.dice.below(24) {
            0 => remove(&self.oracle, &self.store, key, &name),
            1..9 => self.adopt(key, name),
            9..12 => self.extend(key, &name),
            _ => match read(&self.oracle, &self.store, key, &name)? {
                Some(note) => self.held.keep(&note, &mut self.dice),
                None => Ok(()),
            },
        }
    }

    fn adopt(&mut self, key: u64, name: Key<Numbered>) -> Result<(), Violation> {
        let oldest = self.oracle.oldest(key);
        self.oracle.will_adopt(key, false);
        let handle = match self.store.adopt(name.clone()) {
            Ok(handle) => handle,
            Err(refused) => {
                self.oracle.will_adopt(key, true);
                return not_to_be_had(&self.oracle, key, &refused);
            }
        };
        self.oracle.has_adopted(key);
        let note = handle.borrow().map_err(|error| format!("what was adopted cannot be read: {error:?}"))?.clone();
        self.oracle.was_read(&note, oldest)?;
        self.held.keep(&note, &mut self.dice)?;
        let mut owned = KeyedOwner { handle, key: super::oracle::key(&note), name: Some(name) };
        if self.oracle.was_revoked(owned.key) {
            self.rekey(&mut owned)?;
        }
        self.owned.push(owned);
        Ok(())
    }

    /// Puts an object for a time. No other process knows the object before its name is written down.
    pub(super) fn put_for(&mut self) -> Result<(), Violation> {
        let (key, time) = (self.fresh_key(), Duration::from_millis(self.dice.below(200)));
        self.oracle.has_time(key, time, false);
        let name = self.store.put_for(Numbered::sized(key << 24, 100), time);
        let name = name.map_err(|error| format!("an object cannot be put for a time: {error:?}"))?;
        self.oracle.has_time(key, time, true);
        write_down(&self.base, &format!("{key} {}\n", name.to_text()))
    }

    fn extend(&mut self, key: u64, name: &Key<Numbered>) -> Result<(), Violation> {
        let (time, begun) = (Duration::from_millis(self.dice.below(200)), self.oracle.will_extend(key));
        let extended = self.store.extend(name, time);
        self.oracle.has_extended(key, begun, extended.is_ok().then_some(time));
        match extended {
            Ok(()) => Ok(()),
            Err(error) => not_to_be_had(&self.oracle, key, &error),
        }
    }

    /// Detaches an adopted object, and checks that the object keeps its name.
    pub(super) fn detach(&mut self, KeyedOwner { handle, key, name }: KeyedOwner) -> Result<(), Violation> {
        match handle.detach_or_return() {
            Ok(now) if Some(&now) == name.as_ref() => Ok(()),
            Ok(now) => Err(format!("{key} was {name:?}, and now is {now:?}")),
            Err(Refused { error, handle }) => {
                self.end(KeyedOwner { handle, key, name });
                in_the_way(&error)
            }
        }
    }
}
