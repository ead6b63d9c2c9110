//! Detached objects, which every process can read, remove or adopt by their keys. In the torture's code such a key is
//! called a name, and "key" means the number of an object in the torture.
//!
//! A process that detaches a new object may be killed before it has written down the name. No process could then remove
//! the object. So detached objects are made by processes that the driver does not kill. The tortured processes detach
//! only objects that they have adopted. Such an object keeps its name.

use super::oracle::Violation;
use super::worker::{KeyedOwner, Worker, fresh_key, in_the_way, keyed, open};
use crate::Note;
use ref_core::{Error, ErrorKind, Key, Store};
use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

const FILE: &str = "names";
/// How many objects one process makes.
const NEW: u64 = 8;
/// How many of the youngest names are used. `YOUNG_BYTES` is more than their lines have together.
const YOUNG: usize = 12;
const YOUNG_BYTES: u64 = 8 << 10;

/// An object's number in the torture, and its name in the store.
type Named = (u64, Key<Note>);

/// Accepts a refusal of a call by name: another process owns the object, or the object is gone. Every other refusal is
/// a violation.
fn not_to_be_had(error: &Error) -> Result<(), Violation> {
    match error.kind() {
        ErrorKind::Conflict | ErrorKind::Gone => Ok(()),
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
        let made = store.put(Note::sized(key << 24, 100));
        let name = made.and_then(|owned| owned.detach());
        let name = name.map_err(|error| format!("an object cannot be made and left: {error:?}"))?;
        names += &format!("{key} {}\n", name.to_text());
    }
    let file = fs::OpenOptions::new().create(true).append(true).open(base.join(FILE));
    file.and_then(|mut file| file.write_all(names.as_bytes())).map_err(|error| format!("the names: {error}"))
}

/// Removes all objects with a name, except those that a process has adopted and then sent. No other process has the
/// store open.
pub(super) fn remove_all(store: &Store, base: &Path) -> Result<(), Violation> {
    let removed = |name| store.remove(&name).map(drop).or_else(|error| not_to_be_had(&error));
    all(base)?.into_iter().try_for_each(|(_, name)| removed(name))
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
            0 => self.store.remove(&name).map(drop).or_else(|error| not_to_be_had(&error)),
            1..9 => match self.store.adopt(name.clone()) {
                Ok(handle) => {
                    self.owned.push(KeyedOwner { handle, key, name: Some(name) });
                    Ok(())
                }
                Err(refused) => not_to_be_had(&refused),
            },
            _ => self.read_by_name(key, &name),
        }
    }

    fn read_by_name(&mut self, key: u64, name: &Key<Note>) -> Result<(), Violation> {
        let acknowledged = self.oracle.acknowledged(key);
        match self.store.get(name) {
            Ok(note) => self.oracle.was_read(key, &note, acknowledged),
            Err(error) => not_to_be_had(&error),
        }
    }

    /// Detaches an adopted object, and checks that the object keeps its name.
    pub(super) fn detach(&mut self, KeyedOwner { handle, key, name }: KeyedOwner) -> Result<(), Violation> {
        match handle.detach() {
            Ok(now) if Some(&now) == name.as_ref() => Ok(()),
            Ok(now) => Err(format!("{key} was {name:?}, and now is {now:?}")),
            Err(refused) => in_the_way(&refused),
        }
    }
}
