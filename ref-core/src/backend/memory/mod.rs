//! `memory:`: one process, nothing shared with another, everything encoded all the same.
//!
//! A lock around the ledger's own [`step`](crate::ledger::step) and the bytes of each version: what the other
//! backends do with atomics and files, said plainly.

mod entry;
mod holding;
#[cfg(test)]
mod tests;

use super::{Backend, Bytes, Hold, Place, Settings, Stats, Watch, forked, refuse};
use crate::error::{Error, Holder, Result};
use crate::id::{Epoch, ObjectId, StoreId};
use crate::ledger::{Command, Refusal, Reply, Session};
use crate::sync::{Arc, Condvar, Instant, Mutex, MutexGuard, Weak, lock};
use entry::{Entry, Sessions, Told};
use std::collections::BTreeMap;
use std::time::Duration;

/// The stores of this process that have a name, as long as somebody has them open.
static NAMED: Mutex<BTreeMap<String, Weak<Memory>>> = Mutex::new(BTreeMap::new());

/// Opens a session in the store of this `name`; without a name, in a store of its own.
pub(crate) fn open(name: &str, settings: Settings) -> Result<Arc<dyn Backend>> {
    let memory = match name {
        "" => Arc::new(Memory::new()?),
        name => named(name)?,
    };
    Ok(Arc::new(Attached::new(memory, settings.transit)))
}

fn named(name: &str) -> Result<Arc<Memory>> {
    let mut stores = lock(&NAMED);
    // A fork has a copy of its parent's stores, and makes its own.
    if let Some(memory) = stores.get(name).and_then(Weak::upgrade).filter(|memory| memory.is_home()) {
        return Ok(memory);
    }
    let memory = Arc::new(Memory::new()?);
    stores.retain(|_, store| store.strong_count() > 0);
    stores.insert(name.to_owned(), Arc::downgrade(&memory));
    Ok(memory)
}

/// A store in this process's memory; it goes with its last session.
struct Memory {
    id: StoreId,
    /// Whose memory it is in.
    pid: u32,
    table: Mutex<Table>,
    changed: Condvar,
}

#[derive(Default)]
struct Table {
    sessions: Sessions,
    /// How many objects were made: the next one's name.
    made: u64,
    /// What is missing here is gone.
    objects: BTreeMap<ObjectId, Entry>,
}

/// One session in a store. Dropping it is its death.
struct Attached {
    memory: Arc<Memory>,
    session: Session,
    /// How long an ownership ticket waits to be claimed.
    transit: Duration,
}

impl Memory {
    fn new() -> Result<Self> {
        let id = StoreId::random()?;
        Ok(Self { id, pid: std::process::id(), table: Mutex::default(), changed: Condvar::new() })
    }

    fn is_home(&self) -> bool {
        self.pid == std::process::id()
    }
}

impl Table {
    fn fresh_id(&mut self) -> ObjectId {
        self.made += 1;
        // The index wraps and the birth does not: together they are never used twice.
        ObjectId { index: self.made as u32, birth: self.made }
    }

    /// The object as `session` finds it: what has run out is swept first, and what is gone is not there.
    fn touch(&mut self, object: ObjectId, session: Session) -> Option<(&mut Entry, &Sessions)> {
        self.objects.get_mut(&object)?.sweep(&self.sessions, session, Instant::now());
        self.forget_if_gone(object);
        self.objects.get_mut(&object).map(|entry| (entry, &self.sessions))
    }

    fn forget_if_gone(&mut self, object: ObjectId) {
        if self.objects.get(&object).is_some_and(Entry::is_gone) {
            self.objects.remove(&object);
        }
    }

    fn apply(&mut self, object: ObjectId, session: Session, command: Command, bytes: &[u8], at: Place) -> Told {
        let answer = match self.touch(object, session) {
            Some((entry, sessions)) => entry.apply(sessions, session, command, bytes, at),
            None => Entry::gone().apply(&self.sessions, session, command, bytes, at),
        };
        self.forget_if_gone(object);
        answer
    }
}

impl Attached {
    fn new(memory: Arc<Memory>, transit: Duration) -> Self {
        let session = lock(&memory.table).sessions.begin();
        Self { memory, session, transit }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        lock(&self.memory.table)
    }

    /// The table, unless this is a fork's copy: its lock may be held by a thread that was not forked along.
    fn own_table(&self) -> Result<MutexGuard<'_, Table>> {
        if self.memory.is_home() { Ok(self.table()) } else { Err(forked()) }
    }

    fn gone(object: ObjectId) -> Error {
        refuse(object, Command::Get, Refusal::Gone, Vec::new())
    }
}

impl Backend for Attached {
    fn id(&self) -> StoreId {
        self.memory.id
    }

    fn put(&self, bytes: &[u8], at: Place) -> Result<(ObjectId, Epoch)> {
        let mut guard = self.own_table()?;
        let table = &mut *guard;
        let object = table.fresh_id();
        let mut entry = Entry::default();
        entry
            .apply(&table.sessions, self.session, Command::Put, bytes, at)
            .map_err(|(refusal, holders)| refuse(object, Command::Put, refusal, holders))?;
        let version = entry.version();
        table.objects.insert(object, entry);
        Ok((object, version))
    }

    fn apply(&self, object: ObjectId, command: Command, bytes: &[u8], at: Place) -> Result<Reply> {
        let mut table = self.own_table()?;
        let answer = table.apply(object, self.session, command, bytes, at);
        if let (Ok(Reply::Sent { .. }), Some(entry)) = (&answer, table.objects.get_mut(&object)) {
            entry.wait_for_a_claim(self.transit);
        }
        drop(table);
        self.memory.changed.notify_all();
        answer.map_err(|(refusal, holders)| refuse(object, command, refusal, holders))
    }

    fn read(&self, object: ObjectId, version: Epoch) -> Result<Bytes> {
        let mut table = self.own_table()?;
        let entry = table.touch(object, self.session);
        entry.and_then(|(entry, _)| entry.bytes(version)).map(Bytes::Shared).ok_or_else(|| Self::gone(object))
    }

    fn current(&self, object: ObjectId) -> Result<Epoch> {
        let mut table = self.own_table()?;
        let entry = table.touch(object, self.session).filter(|(entry, _)| entry.is_live());
        entry.map(|(entry, _)| entry.version()).ok_or_else(|| Self::gone(object))
    }

    fn watch(&self, object: ObjectId) -> Watch {
        let table = self.own_table().ok();
        table.and_then(|table| table.objects.get(&object).map(Entry::watch)).unwrap_or(Watch(0))
    }

    fn wait(&self, object: ObjectId, watch: Watch, slice: Duration) {
        let unchanged = |table: &mut Table| table.objects.get(&object).is_some_and(|entry| entry.watch() == watch);
        // A poisoned lock guards a valid table all the same; the caller looks again in either case.
        drop(self.memory.changed.wait_timeout_while(self.table(), slice, unchanged));
    }

    fn hold(&self, object: ObjectId) -> Result<Option<Hold>> {
        let mut table = self.own_table()?;
        Ok(table.touch(object, self.session).and_then(|(entry, _)| entry.hold(self.session)))
    }

    fn is_offered(&self, object: ObjectId) -> Result<bool> {
        Ok(self.own_table()?.objects.get(&object).is_some_and(Entry::is_offered))
    }

    fn stats(&self) -> Result<Stats> {
        let table = self.own_table()?;
        let mut stats = Stats { sessions: table.sessions.count(), ..Stats::default() };
        table.objects.values().for_each(|entry| entry.count_in(&mut stats));
        Ok(stats)
    }

    fn died(&self, object: ObjectId) -> Option<Holder> {
        self.table().objects.get(&object)?.died()
    }

    fn reap(&self) -> Result<usize> {
        let mut guard = self.own_table()?;
        let table = &mut *guard;
        let now = Instant::now();
        let swept = table.objects.values_mut().filter_map(|entry| entry.sweep(&table.sessions, self.session, now));
        let swept = swept.count();
        table.objects.retain(|_, entry| !entry.is_gone());
        drop(guard);
        self.memory.changed.notify_all();
        Ok(swept)
    }

    fn is_home(&self) -> bool {
        self.memory.is_home()
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        if !self.is_home() {
            return; // a fork's copy: the session is its parent's
        }
        let mut guard = self.table();
        let table = &mut *guard;
        table.sessions.end(self.session);
        table.objects.values_mut().for_each(|entry| entry.settle(&table.sessions));
        table.objects.retain(|_, entry| !entry.is_gone());
        drop(guard);
        self.memory.changed.notify_all();
    }
}
