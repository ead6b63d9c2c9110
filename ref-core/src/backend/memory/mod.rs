//! `memory:`: stores inside one process. Values are encoded as in every other store.
//!
//! One mutex guards the state of a store. Each command runs the ledger's own [`step`](crate::ledger::step) under that
//! mutex, so this backend is the plain form of what the other backends do with atomics, files and scripts.

mod entry;
mod holding;
mod inspect;
mod queue;
#[cfg(all(test, not(loom)))]
mod tests;

use super::naming::{name_taken, too_many_names};
use super::space::SpaceLimit;
use super::{
    Awaited, Backend, Bytes, Caller, Hold, Inspect, ObjectName, Pieces, QueuePlace, Settings, Stats, Watch, forked,
    refuse,
};
use crate::error::{Error, Holder, Result};
use crate::id::{Epoch, ObjectId, StoreId};
use crate::ledger::{Command, Refusal, Reply, SessionId};
use crate::sync::per_process::PerProcess;
use crate::sync::{Arc, Condvar, Instant, Mutex, MutexGuard, PoisonError, Weak, bell, lock};
use entry::{ApplyResult, Entry, Sessions};
pub(super) use inspect::inspect;
use std::collections::BTreeMap;
use std::time::Duration;

/// The stores of this process that have a name. The references are weak, so a store is dropped with its last session. A
/// forked child may not use its parent's stores.
static NAMED: PerProcess<Mutex<BTreeMap<String, Weak<Memory>>>> = PerProcess::new();

/// Opens a session in the store of this `name`, which this call makes if there is none. If the name is empty, makes a
/// store for this session alone.
pub(crate) fn open(name: &str, settings: Settings) -> Result<Arc<dyn Backend>> {
    let memory = match name {
        "" => Arc::new(Memory::new()?),
        name => named(name)?,
    };
    Ok(Arc::new(MemorySession::new(memory, settings)))
}

fn named(name: &str) -> Result<Arc<Memory>> {
    let mut stores = lock(NAMED.get());
    if let Some(memory) = stores.get(name).and_then(Weak::upgrade) {
        return Ok(memory);
    }
    let memory = Arc::new(Memory::new()?);
    stores.retain(|_, store| store.strong_count() > 0);
    stores.insert(name.to_owned(), Arc::downgrade(&memory));
    Ok(memory)
}

/// A store in this process's memory. The store is dropped with its last session.
struct Memory {
    id: StoreId,
    /// The number of the process that made the store. A forked child has another number.
    pid: u32,
    state: Mutex<MemoryState>,
    changed: Condvar,
}

#[derive(Default)]
struct MemoryState {
    sessions: Sessions,
    /// How many objects were made. This is also the number of the newest object.
    made: u64,
    /// The objects. An object that is not in the map is gone.
    objects: BTreeMap<ObjectId, Entry>,
    /// The objects that have a name.
    names: BTreeMap<ObjectName, ObjectId>,
    /// How many calls have joined a queue of writers.
    arrivals: u64,
    /// How many objects were published.
    published: u32,
    /// The descriptions of types, by their fingerprints.
    types: BTreeMap<u64, String>,
}

/// One session in a store. When this value is dropped, the session ends as by the death of its process. In a forked
/// child the drop does nothing.
struct MemorySession {
    memory: Arc<Memory>,
    session: SessionId,
    settings: Settings,
    space: SpaceLimit,
}

impl Memory {
    fn new() -> Result<Self> {
        let id = StoreId::random()?;
        Ok(Self { id, pid: std::process::id(), state: Mutex::default(), changed: Condvar::new() })
    }

    fn is_of_this_process(&self) -> bool {
        self.pid == std::process::id()
    }
}

impl MemoryState {
    fn fresh_id(&mut self) -> ObjectId {
        self.made += 1;
        // The index wraps and the birth does not, so no id is used twice.
        ObjectId { index: self.made as u32, birth: self.made }
    }

    /// Drops the object if its time or that of its ownership ticket is over. Returns the object's entry and the
    /// sessions; `None` if the object is gone.
    fn touch(&mut self, object: ObjectId, session: SessionId) -> Option<(&mut Entry, &Sessions)> {
        self.objects.get_mut(&object)?.sweep(&self.sessions, session, Instant::now());
        self.forget_if_gone(object);
        self.objects.get_mut(&object).map(|entry| (entry, &self.sessions))
    }

    fn count(&self) -> Stats {
        let mut stats = Stats { sessions: self.sessions.count(), ..Stats::default() };
        self.objects.values().for_each(|entry| entry.count_in(&mut stats));
        stats
    }

    fn forget_if_gone(&mut self, object: ObjectId) {
        if self.objects.get(&object).is_some_and(Entry::is_gone) {
            self.objects.remove(&object);
        }
    }

    fn is_changed(&self, object: ObjectId, watch: Watch) -> bool {
        self.objects.get(&object).is_none_or(|entry| entry.watch() != watch)
    }

    fn is_published(&self, object: ObjectId) -> bool {
        self.objects.get(&object).is_some_and(Entry::is_published)
    }

    /// Refuses to give the name to `object` if another published object has it, or if the store has `most` names.
    fn check_name(&mut self, name: &ObjectName, object: ObjectId, most: u32) -> Result<()> {
        match self.names.get(name) {
            Some(&led) if led != object && self.is_published(led) => Err(name_taken(name, led)),
            None if self.names.len() >= most as usize => {
                self.forget_unpublished();
                if self.names.len() < most as usize { Ok(()) } else { Err(too_many_names(most)) }
            }
            _ => Ok(()),
        }
    }

    fn forget_unpublished(&mut self) {
        let objects = &self.objects;
        self.names.retain(|_, object| objects.get(object).is_some_and(Entry::is_published));
    }

    fn apply(
        &mut self,
        object: ObjectId,
        session: SessionId,
        command: Command,
        bytes: Pieces<'_>,
        at: Caller,
    ) -> ApplyResult {
        let awaited = self.objects.get(&object).and_then(Entry::awaited);
        let result = match self.touch(object, session) {
            Some((entry, sessions)) => entry.apply(sessions, session, command, bytes, at),
            None => Entry::gone().apply(&self.sessions, session, command, bytes, at),
        };
        self.forget_if_gone(object);
        if awaited.is_some_and(|watch| self.is_changed(object, watch)) {
            bell::ring();
        }
        result
    }
}

impl MemorySession {
    fn new(memory: Arc<Memory>, settings: Settings) -> Self {
        let session = lock(&memory.state).sessions.begin();
        Self { memory, session, settings, space: SpaceLimit::new(settings.max_bytes) }
    }

    fn state(&self) -> MutexGuard<'_, MemoryState> {
        lock(&self.memory.state)
    }

    /// Locks the state. Fails with `Forked` in a forked child: the child's copy of the lock may be held by a thread
    /// that exists only in the parent.
    fn own_state(&self) -> Result<MutexGuard<'_, MemoryState>> {
        if self.memory.is_of_this_process() { Ok(self.state()) } else { Err(forked()) }
    }

    /// Refuses a version that does not fit into the limit of the store's bytes.
    fn reserve(&self, state: &MemoryState, bytes: Pieces<'_>) -> Result<()> {
        let length = bytes.iter().map(|piece| piece.len()).sum();
        self.space.reserve(length, || Ok(state.count().bytes))
    }

    fn gone(object: ObjectId) -> Error {
        refuse(object, Command::Get, Refusal::Gone, Vec::new())
    }
}

impl Backend for MemorySession {
    fn id(&self) -> StoreId {
        self.memory.id
    }

    fn put(&self, bytes: Pieces<'_>, at: Caller) -> Result<(ObjectId, Epoch)> {
        let mut guard = self.own_state()?;
        let state = &mut *guard;
        self.reserve(state, bytes)?;
        let object = state.fresh_id();
        let mut entry = Entry::default();
        entry
            .apply(&state.sessions, self.session, Command::Put, bytes, at)
            .map_err(|(refusal, holders)| refuse(object, Command::Put, refusal, holders))?;
        let version = entry.version();
        state.objects.insert(object, entry);
        Ok((object, version))
    }

    fn apply(&self, object: ObjectId, command: Command, bytes: Pieces<'_>, at: Caller) -> Result<Reply> {
        let mut state = self.own_state()?;
        let writes = match command {
            Command::Commit { token } | Command::Checkpoint { token } => {
                let held = state.touch(object, self.session).and_then(|(entry, _)| entry.hold(self.session));
                held == Some(Hold::Exclusive(token))
            }
            Command::OwnerCommit { .. } => true,
            _ => false,
        };
        if writes {
            self.reserve(&state, bytes)?;
        }
        let result = state.apply(object, self.session, command, bytes, at);
        if let (Ok(_), Some(entry)) = (&result, state.objects.get_mut(&object)) {
            entry.note_time(command, self.settings.ticket_timeout);
        }
        drop(state);
        self.memory.changed.notify_all();
        result.map_err(|(refusal, holders)| refuse(object, command, refusal, holders))
    }

    fn publish(&self, object: ObjectId, name: &ObjectName, at: Caller) -> Result<()> {
        let mut state = self.own_state()?;
        state.check_name(name, object, self.settings.max_names)?;
        let published = state.apply(object, self.session, Command::Publish, &[], at);
        published.map_err(|(refusal, holders)| refuse(object, Command::Publish, refusal, holders))?;
        state.names.insert(name.clone(), object);
        state.published = state.published.wrapping_add(1);
        drop(state);
        self.memory.changed.notify_all();
        bell::ring();
        Ok(())
    }

    fn named(&self, name: &ObjectName) -> Result<Option<ObjectId>> {
        Ok(self.own_state()?.names.get(name).copied())
    }

    fn forget_name(&self, name: &ObjectName, object: ObjectId) -> Result<()> {
        let mut state = self.own_state()?;
        if state.names.get(name) == Some(&object) && !state.is_published(object) {
            state.names.remove(name);
        }
        Ok(())
    }

    fn names(&self, prefix: &str) -> Result<Vec<(ObjectName, ObjectId)>> {
        let state = self.own_state()?;
        let named = state.names.iter().filter(|(name, _)| name.as_str().starts_with(prefix));
        Ok(named.map(|(name, object)| (name.clone(), *object)).collect())
    }

    fn read(&self, object: ObjectId, version: Epoch) -> Result<Bytes> {
        let mut state = self.own_state()?;
        let entry = state.touch(object, self.session);
        entry.and_then(|(entry, _)| entry.bytes(version)).map(Bytes::Shared).ok_or_else(|| Self::gone(object))
    }

    fn current(&self, object: ObjectId) -> Result<Epoch> {
        let mut state = self.own_state()?;
        let entry = state.touch(object, self.session).filter(|(entry, _)| entry.is_live());
        entry.map(|(entry, _)| entry.version()).ok_or_else(|| Self::gone(object))
    }

    fn watch(&self, object: ObjectId) -> Watch {
        let state = self.own_state().ok();
        state.and_then(|state| state.objects.get(&object).map(Entry::watch)).unwrap_or(Watch(0))
    }

    fn wait(&self, object: ObjectId, watch: Watch, slice: Duration) {
        let unchanged =
            |state: &mut MemoryState| state.objects.get(&object).is_some_and(|entry| entry.watch() == watch);
        let mut state = self.state();
        let count = |state: &mut MemoryState, begins| {
            state.objects.get_mut(&object).into_iter().for_each(|entry| entry.count_waiting(begins));
        };
        count(&mut state, true);
        // Even if the mutex is poisoned, the state is valid. The caller looks again in any case.
        let waited = self.memory.changed.wait_timeout_while(state, slice, unchanged);
        let (mut state, _timed_out) = waited.unwrap_or_else(PoisonError::into_inner);
        count(&mut state, false);
    }

    fn watch_name(&self, _name: &ObjectName) -> Watch {
        Watch(self.own_state().map_or(0, |state| state.published))
    }

    fn wait_for_name(&self, _name: &ObjectName, watch: Watch, slice: Duration) {
        let unchanged = |state: &mut MemoryState| state.published == watch.0;
        // The caller looks again in any case.
        let _waited = self.memory.changed.wait_timeout_while(self.state(), slice, unchanged);
    }

    fn reserve_in_turn(&self, object: ObjectId, place: &mut Option<QueuePlace>, at: Caller) -> Result<Option<Reply>> {
        let mut state = self.own_state()?;
        let result = state.reserve_in_turn(object, self.session, place, at);
        drop(state);
        if !matches!(result, Ok(None)) {
            self.memory.changed.notify_all();
        }
        result.map_err(|(refusal, holders)| refuse(object, Command::Reserve, refusal, holders))
    }

    fn wait_in_queue(&self, object: ObjectId, place: &mut QueuePlace, slice: Duration) {
        let waits = |state: &mut MemoryState| {
            state.objects.get(&object).is_some_and(|entry| !entry.is_first_in_queue(Some(place.arrival)))
        };
        // The caller looks again in any case.
        let _waited = self.memory.changed.wait_timeout_while(self.state(), slice, waits);
    }

    fn leave_queue(&self, object: ObjectId, place: &QueuePlace) {
        let Ok(mut state) = self.own_state() else { return };
        state.objects.get_mut(&object).into_iter().for_each(|entry| entry.leave_queue(Some(place.arrival)));
        drop(state);
        self.memory.changed.notify_all();
    }

    fn arm(&self, awaited: &Awaited, watch: Watch) -> bool {
        let mut state = self.state();
        match awaited.object() {
            Some(object) => state.objects.get_mut(&object).is_some_and(|entry| entry.arm(watch)),
            None => state.published == watch.0,
        }
    }

    fn is_changed(&self, awaited: &Awaited, watch: Watch) -> bool {
        let state = self.state();
        match awaited.object() {
            Some(object) => state.is_changed(object, watch),
            None => state.published != watch.0,
        }
    }

    fn hold(&self, object: ObjectId) -> Result<Option<Hold>> {
        let mut state = self.own_state()?;
        Ok(state.touch(object, self.session).and_then(|(entry, _)| entry.hold(self.session)))
    }

    fn is_offered(&self, object: ObjectId) -> Result<bool> {
        Ok(self.own_state()?.objects.get(&object).is_some_and(Entry::is_offered))
    }

    fn describe(&self, fingerprint: u64, description: &str) -> bool {
        let Ok(mut state) = self.own_state() else { return false };
        state.types.entry(fingerprint).or_insert_with(|| description.to_owned());
        true
    }

    fn description(&self, fingerprint: u64) -> Option<String> {
        self.own_state().ok()?.types.get(&fingerprint).cloned()
    }

    fn detached(&self) -> Result<Vec<ObjectId>> {
        let state = self.own_state()?;
        Ok(state.objects.iter().filter(|(_, entry)| entry.is_detached()).map(|(object, _)| *object).collect())
    }

    fn stats(&self) -> Result<Stats> {
        self.own_state().map(|state| state.count())
    }

    fn inspect(&self) -> Result<&dyn Inspect> {
        if self.is_opener() { Ok(&*self.memory) } else { Err(forked()) }
    }

    fn died(&self, object: ObjectId) -> Option<Holder> {
        self.state().objects.get(&object)?.died()
    }

    fn reap(&self) -> Result<usize> {
        let mut guard = self.own_state()?;
        let state = &mut *guard;
        let now = Instant::now();
        let swept = state.objects.values_mut().filter_map(|entry| entry.sweep(&state.sessions, self.session, now));
        let swept = swept.count();
        state.objects.retain(|_, entry| !entry.is_gone());
        state.forget_unpublished();
        drop(guard);
        self.memory.changed.notify_all();
        bell::ring();
        Ok(swept)
    }

    fn is_opener(&self) -> bool {
        self.memory.is_of_this_process()
    }
}

impl Drop for MemorySession {
    fn drop(&mut self) {
        if !self.is_opener() {
            return; // the session is the parent's
        }
        let mut guard = self.state();
        let state = &mut *guard;
        state.sessions.end(self.session);
        state.objects.values_mut().for_each(|entry| entry.clear_dead(&state.sessions));
        state.objects.retain(|_, entry| !entry.is_gone());
        drop(guard);
        self.memory.changed.notify_all();
        bell::ring();
    }
}
