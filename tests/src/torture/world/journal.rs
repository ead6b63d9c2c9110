//! Journals outside of the store say which changes were begun and acknowledged. There is a file for each object, to
//! which every process appends.
//!
//! A process writes a line before each step that may change the object, as in a write-ahead log. It writes another line
//! when the step was acknowledged, before its next step. There is one file for each object, and not one for each
//! process. So the lines of all processes have one order, and one read returns everything about an object. Linux
//! appends each line whole, even if the process is then killed.

use super::super::Numbered;
use super::limits::lifted;
use super::{Place, Violation, World};
use ref_core::Key;
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How many times this process has called `acknowledge`, and how many values it has compared with journals, since it
/// last called `tally`.
static ACKNOWLEDGED: AtomicU64 = AtomicU64::new(0);
static COMPARED: AtomicU64 = AtomicU64::new(0);

/// Adds `ACKNOWLEDGED` and `COMPARED` to the figures of the run, and sets both to zero.
pub(super) fn tally(world: &World) {
    world.tally("changes acknowledged", ACKNOWLEDGED.swap(0, Ordering::Relaxed));
    world.tally("values compared", COMPARED.swap(0, Ordering::Relaxed));
}

/// A time that is longer than any loan of a client.
const LONG_AGO: Duration = Duration::from_secs(60);

/// The journal of one object.
#[derive(Clone, Debug)]
pub(super) struct Journal {
    path: PathBuf,
    pub(super) key: u64,
}

/// The content of a journal at one moment.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// The object's name, if it has one.
    name: Option<String>,
    /// The largest count that was acknowledged, and the largest that was begun.
    acknowledged: u64,
    begun: u64,
    /// Whether a process wanted to remove the object.
    removing: bool,
    /// Adoptions that were begun, and neither refused nor undone. The object may go with the process that made one of
    /// them.
    takes: BTreeSet<String>,
}

/// Returns the key of the object that a note belongs to, and the number of the change that made the note.
pub(super) fn numbers(note: &Numbered) -> (u64, u64) {
    (note.n >> 24, note.n & 0xff_ffff)
}

/// Returns the note of the object `key` after the change `count`.
pub(super) fn note(key: u64, count: u64, size: usize) -> Numbered {
    Numbered::sized(key << 24 | count, size)
}

/// Returns a name for an adoption. No other adoption has the same name, not even one by a later process with the same
/// number.
fn fresh_take() -> String {
    static TAKES: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_nanos();
    format!("{}.{now}.{}", std::process::id(), TAKES.fetch_add(1, Ordering::Relaxed))
}

impl Journal {
    /// Makes the journal of an object that was detached with that value, and whose key is `name`.
    pub(super) fn of_name(world: &World, place: Place, name: &Key<Numbered>, value: &Numbered) -> Self {
        let (key, count) = numbers(value);
        let journal = Self { path: world.names(place).join(key.to_string()), key };
        journal.create(&format!("name {}\nbegin {count}\nack {count}\n", name.to_text()));
        journal
    }

    /// Makes the journal of an object that this process owns and is about to lend.
    pub(super) fn of_loan(world: &World, place: Place, value: &Numbered) -> Self {
        let (key, count) = numbers(value);
        let journal = Self::of_lent(world, place, key);
        journal.create(&format!("begin {count}\nack {count}\n"));
        journal
    }

    /// Returns the journal of an object that another process lends.
    pub(super) fn of_lent(world: &World, place: Place, key: u64) -> Self {
        Self { path: world.loans(place).join(key.to_string()), key }
    }

    /// Returns the journals of all objects with a name.
    pub(super) fn all(world: &World, place: Place) -> Vec<Self> {
        let folder = world.names(place);
        let entries = lifted(|| fs::read_dir(&folder).map(|entries| entries.flatten().collect::<Vec<_>>()));
        let entries = entries.expect("the journals' folder").into_iter();
        entries
            .filter_map(|entry| Some(Self { key: entry.file_name().to_str()?.parse().ok()?, path: entry.path() }))
            .collect()
    }

    /// Removes the journals of lent objects in which nothing was written for [`LONG_AGO`]. No loan of such an object is
    /// still alive.
    pub(super) fn forget_loans(world: &World) {
        for place in Place::ALL {
            for entry in fs::read_dir(world.loans(place)).into_iter().flatten().flatten() {
                let age = entry.metadata().and_then(|metadata| metadata.modified()).map(|then| then.elapsed());
                if age.is_ok_and(|age| age.is_ok_and(|age| age > LONG_AGO)) {
                    let _gone = fs::remove_file(entry.path());
                }
            }
        }
    }

    fn create(&self, lines: &str) {
        let draft = self.path.with_extension(format!("draft-{}", std::process::id()));
        lifted(|| fs::write(&draft, lines).and_then(|()| fs::rename(&draft, &self.path))).expect("the journal is made");
    }

    /// Appends a line, unless the journal was closed.
    fn line(&self, line: &str) {
        let line = format!("{line}\n");
        let written = lifted(|| {
            let mut file = OpenOptions::new().append(true).open(&self.path)?;
            file.write_all(line.as_bytes())
        });
        match written {
            Err(error) if error.kind() != ErrorKind::NotFound => panic!("the journal is written: {error}"),
            _ => {}
        }
    }

    /// Notes that a reader may see this value from now on.
    pub(super) fn begin(&self, value: &Numbered) {
        self.line(&format!("begin {}", numbers(value).1));
    }

    /// Notes that a reader must see this value or a later one from now on.
    pub(super) fn acknowledge(&self, value: &Numbered) {
        self.line(&format!("ack {}", numbers(value).1));
        ACKNOWLEDGED.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that this process tries to become the owner: the object may go with the process. Returns the name of the
    /// adoption.
    pub(super) fn take(&self) -> String {
        let take = fresh_take();
        self.line(&format!("take {take}"));
        take
    }

    /// Notes that the adoption `take` was refused.
    pub(super) fn give_back(&self, take: &str) {
        self.line(&format!("left {take}"));
    }

    /// Notes that the adopted object was detached again, with this value.
    pub(super) fn left(&self, take: &str, value: &Numbered) {
        self.line(&format!("ack {}\nleft {take}", numbers(value).1));
    }

    /// Notes that the object may be removed from now on.
    pub(super) fn remove(&self) {
        self.line("remove");
    }

    /// Removes the journal. The caller knows that its object is rightly gone.
    pub(super) fn close(&self) {
        let _closed_by_another = lifted(|| fs::remove_file(&self.path));
    }

    /// Returns what the journal says now, or `None` if it was closed.
    pub(super) fn read(&self) -> Option<Story> {
        match lifted(|| fs::read_to_string(&self.path)) {
            Ok(text) => Some(Story::of(&text)),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => panic!("the journal is read: {error}"),
        }
    }

    /// Judges a value that was read while other processes may change the object. `before` was read before the value.
    /// Returns a violation if the value is torn, older than the last acknowledged one, or newer than the last that was
    /// begun.
    pub(super) fn judge(&self, before: &Story, value: &Numbered, reader: &str) -> Result<(), Violation> {
        let Some(after) = self.read() else { return Ok(()) };
        COMPARED.fetch_add(1, Ordering::Relaxed);
        let (key, count) = numbers(value);
        if !value.is_whole() || key != self.key {
            return Err(format!("{reader} of {} sees another object or a torn one: {key}", self.key));
        }
        match count {
            count if count < before.acknowledged => {
                Err(format!("{reader} of {key} sees change {count}: {} was acknowledged", before.acknowledged))
            }
            count if count > after.begun => Err(format!("{reader} of {key} sees change {count} of {}", after.begun)),
            _ => Ok(()),
        }
    }

    /// Judges a refusal that says that the object is gone. Returns a violation if the journal is there and does not
    /// permit this.
    pub(super) fn judge_gone(&self, reader: &str) -> Result<(), Violation> {
        match self.read() {
            Some(story) if !story.may_be_gone() => {
                Err(format!("{reader} of {} is told that it is gone, and no process has removed it", self.key))
            }
            _ => Ok(()),
        }
    }
}

impl Story {
    fn of(text: &str) -> Self {
        let mut story = Self::default();
        for line in text.lines() {
            let (what, rest) = line.split_once(' ').unwrap_or((line, ""));
            let number = rest.parse().unwrap_or(0);
            match what {
                "name" => story.name = Some(rest.to_owned()),
                "begin" => story.begun = story.begun.max(number),
                "ack" => story.acknowledged = story.acknowledged.max(number),
                "take" => drop(story.takes.insert(rest.to_owned())),
                "left" => drop(story.takes.remove(rest)),
                "remove" => story.removing = true,
                other => panic!("no journal says {other}"),
            }
        }
        story
    }

    /// Returns the object's name, if it has one.
    pub(super) fn name(&self) -> Option<Key<Numbered>> {
        self.name.as_ref().map(|name| name.parse().expect("the name of an object"))
    }

    /// Returns the number of the next change, which no process has begun.
    pub(super) fn next(&self) -> u64 {
        self.begun + 1
    }

    pub(super) fn may_be_gone(&self) -> bool {
        self.removing || !self.takes.is_empty()
    }
}
