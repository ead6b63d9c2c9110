//! What this session holds: how often, which versions, and what it knows of them.

use super::reply::KnownVersion;
use crate::backend::Hold;
use crate::id::{Epoch, ObjectId};
use std::collections::HashMap;

/// This session's borrows, and the versions that it has heard of.
#[derive(Default)]
pub(super) struct Holds(HashMap<ObjectId, ObjectHolds>);

#[derive(Default)]
struct ObjectHolds {
    /// How many shared borrows: the ledger hears of the first and of the last.
    shared: u32,
    /// What they may read, and what an exclusive borrow is based on. Kept to the last of them, since it is not said
    /// which of them was given back.
    versions: Vec<KnownVersion>,
    writing: Option<Epoch>,
    /// The version that this session's owner of the object knows.
    owned: Option<KnownVersion>,
}

impl Holds {
    pub(super) fn take_shared(&mut self, object: ObjectId, version: KnownVersion) {
        let held = self.0.entry(object).or_default();
        held.shared += 1;
        held.keep(version);
    }

    pub(super) fn take_exclusive(&mut self, object: ObjectId, token: Epoch, version: KnownVersion) {
        let held = self.0.entry(object).or_default();
        held.writing = Some(token);
        held.keep(version);
    }

    /// One shared borrow less; answers how many are left.
    pub(super) fn give_back(&mut self, object: ObjectId) -> u32 {
        let Some(held) = self.0.get_mut(&object) else { return 0 };
        held.shared = held.shared.saturating_sub(1);
        let left = held.shared;
        self.forget_if_done(object);
        left
    }

    /// The exclusive borrow of this token is over.
    pub(super) fn stop_writing(&mut self, object: ObjectId, token: Epoch) {
        if let Some(held) = self.0.get_mut(&object).filter(|held| held.writing == Some(token)) {
            held.writing = None;
        }
        self.forget_if_done(object);
    }

    /// The owner knows of this version.
    pub(super) fn own(&mut self, object: ObjectId, version: KnownVersion) {
        self.0.entry(object).or_default().owned = Some(version);
    }

    pub(super) fn disown(&mut self, object: ObjectId) {
        if let Some(held) = self.0.get_mut(&object) {
            held.owned = None;
        }
        self.forget_if_done(object);
    }

    pub(super) fn version(&self, object: ObjectId, epoch: Epoch) -> Option<&KnownVersion> {
        let held = self.0.get(&object)?;
        held.versions.iter().chain(&held.owned).find(|version| version.epoch == epoch)
    }

    /// Names of larger versions that this session knows of: those that its requests may make superfluous.
    pub(super) fn names(&self, object: ObjectId) -> impl Iterator<Item = &KnownVersion> {
        self.0.get(&object).into_iter().flat_map(|held| held.versions.iter().chain(&held.owned))
    }

    fn forget_if_done(&mut self, object: ObjectId) {
        let Some(held) = self.0.get_mut(&object) else { return };
        if held.shared == 0 && held.writing.is_none() {
            held.versions.clear();
            if held.owned.is_none() {
                self.0.remove(&object);
            }
        }
    }
}

impl ObjectHolds {
    fn keep(&mut self, version: KnownVersion) {
        match self.versions.iter_mut().find(|known| (known.epoch, &known.name) == (version.epoch, &version.name)) {
            Some(known) => known.bytes = known.bytes.take().or(version.bytes),
            // The newest first: of two versions of an epoch that a server has lost between, it is the one that is read.
            None => self.versions.insert(0, version),
        }
    }
}

/// How a session holds an object, as the ledger says it.
pub(super) fn hold(text: &str) -> Option<Hold> {
    match text {
        "-" => None,
        "shared" => Some(Hold::Shared),
        token => token.parse().ok().map(|token| Hold::Exclusive(Epoch(token))),
    }
}
