//! A look into a store of this process.

use super::super::inspect::{FoundObject, Inspect, ObjectState, SessionEntry, not_there, too_large};
use super::entry::Entry;
use super::holding::this_process;
use super::{Memory, NAMED};
use crate::backend::forked;
use crate::error::{Error, ErrorKind, Result};
use crate::id::ObjectId;
use crate::ledger::SessionId;
use crate::sync::{Weak, lock};
use std::collections::BTreeMap;

/// A store to look into, without a session of it. The store goes with its last session all the same.
struct MemoryView {
    name: String,
    memory: Weak<Memory>,
}

/// Returns the store of this name, to look into it.
///
/// # Errors
/// `StoreRemoved` if no session has such a store open. A store without a name is its session's alone.
pub(crate) fn inspect(name: &str) -> Result<Box<dyn Inspect>> {
    let memory = lock(NAMED.get()).get(name).cloned().unwrap_or_default();
    let view = MemoryView { name: name.to_owned(), memory };
    view.with(|_| Ok(()))?;
    Ok(Box::new(view))
}

impl MemoryView {
    fn with<T>(&self, look: impl FnOnce(&Memory) -> Result<T>) -> Result<T> {
        match self.memory.upgrade() {
            Some(memory) => look(&memory),
            None => Err(Error::new(ErrorKind::StoreRemoved, format!("there is no store at `memory:{}`", self.name))
                .with_remedy("such a store is there while a session of this process has it open: to look makes none")),
        }
    }
}

impl Inspect for MemoryView {
    fn objects(&self) -> Result<Vec<FoundObject>> {
        self.with(Memory::objects)
    }

    fn look_for(&self, wanted: &[ObjectId]) -> Result<Vec<FoundObject>> {
        self.with(|memory| memory.look_for(wanted))
    }

    fn sessions(&self) -> Result<Vec<SessionEntry>> {
        self.with(Memory::sessions)
    }

    fn version_bytes(&self, object: ObjectId, most: u64) -> Result<Vec<u8>> {
        self.with(|memory| memory.version_bytes(object, most))
    }

    fn type_description(&self, fingerprint: u64) -> Result<Option<String>> {
        self.with(|memory| memory.type_description(fingerprint))
    }
}

impl Inspect for Memory {
    fn objects(&self) -> Result<Vec<FoundObject>> {
        if !self.is_of_this_process() {
            return Err(forked());
        }
        let state = lock(&self.state);
        let names: BTreeMap<_, _> = state.names.iter().map(|(name, object)| (*object, name)).collect();
        let look = |(id, entry): (&ObjectId, &Entry)| {
            let mut found = entry.look(*id);
            let name = names.get(id).filter(|_| found.entry.state == ObjectState::Published);
            found.entry.name = name.map(ToString::to_string);
            found
        };
        Ok(state.objects.iter().map(look).collect())
    }

    fn look_for(&self, wanted: &[ObjectId]) -> Result<Vec<FoundObject>> {
        if !self.is_of_this_process() {
            return Err(forked());
        }
        let state = lock(&self.state);
        let look = |id: &ObjectId| state.objects.get(id).map(|entry| entry.look(*id));
        Ok(wanted.iter().filter_map(look).collect())
    }

    fn sessions(&self) -> Result<Vec<SessionEntry>> {
        if !self.is_of_this_process() {
            return Err(forked());
        }
        let state = lock(&self.state);
        let entry = |session: SessionId| SessionEntry {
            session: session.0.to_string(),
            process: this_process(),
            is_alive: true,
        };
        Ok(state.sessions.alive().map(entry).collect())
    }
    fn version_bytes(&self, object: ObjectId, most: u64) -> Result<Vec<u8>> {
        if !self.is_of_this_process() {
            return Err(forked());
        }
        let state = lock(&self.state);
        let bytes = state.objects.get(&object).and_then(|entry| entry.bytes(entry.version()));
        let bytes = bytes.ok_or_else(|| not_there(object))?;
        if bytes.len() as u64 > most { Err(too_large(bytes.len() as u64, most)) } else { Ok(bytes.to_vec()) }
    }

    fn type_description(&self, fingerprint: u64) -> Result<Option<String>> {
        if !self.is_of_this_process() {
            return Err(forked());
        }
        Ok(lock(&self.state).types.get(&fingerprint).cloned())
    }
}
