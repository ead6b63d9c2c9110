//! What a session holds of each object: how many borrows, and which versions it knows.

use super::reply::KnownVersion;
use crate::backend::Hold;
use crate::id::{Epoch, ObjectId};
use std::collections::HashMap;

/// What a session holds, by object.
#[derive(Default)]
pub(super) struct Holds(HashMap<ObjectId, ObjectHolds>);

#[derive(Default)]
struct ObjectHolds {
    /// The shared borrows of the object: their loan and generation, and how many there are. The server gets a request
    /// when each borrow begins, and one when the last one of a generation ends.
    shared: Vec<(Borrow, u32)>,
    /// The versions that the shared borrows read, and the version that an exclusive borrow is based on. All are kept
    /// until the session's last borrow of the object ends, since a borrow that is given back does not say which version
    /// it had.
    versions: Vec<KnownVersion>,
    writing: Option<Epoch>,
    /// The version that the object's owner knows, if this session has the owner.
    owned: Option<KnownVersion>,
    /// Whether the last exclusive borrower of the owner's object died.
    has_died: bool,
}

/// The loan of a shared borrow, and its generation. A borrow by key has no loan. A generation may have several loans.
type Borrow = (Option<Epoch>, Epoch);

impl Holds {
    pub(super) fn take_shared(&mut self, object: ObjectId, borrow: Borrow, version: KnownVersion) {
        let held = self.0.entry(object).or_default();
        match held.shared.iter_mut().find(|(same, _)| *same == borrow) {
            Some((_, count)) => *count += 1,
            None => held.shared.push((borrow, 1)),
        }
        held.keep(version);
    }

    pub(super) fn take_exclusive(&mut self, object: ObjectId, token: Epoch, version: KnownVersion) {
        let held = self.0.entry(object).or_default();
        // A checkpoint: the writer does not read the version before any more.
        if held.writing.is_some() && held.shared.is_empty() {
            held.versions.clear();
        }
        held.writing = Some(token);
        held.keep(version);
    }

    /// Takes one shared borrow of the loan away. Returns the borrow's generation if the session has no other borrow of
    /// that generation.
    pub(super) fn give_back(&mut self, object: ObjectId, loan: Option<Epoch>) -> Option<Epoch> {
        let held = self.0.get_mut(&object)?;
        let nth = held.shared.iter().position(|((of, _), _)| *of == loan)?;
        let ((_, generation), count) = &mut held.shared[nth];
        let generation = *generation;
        *count -= 1;
        if *count == 0 {
            held.shared.swap_remove(nth);
        }
        let is_last = held.shared.iter().all(|((_, other), _)| *other != generation);
        self.forget_if_done(object);
        is_last.then_some(generation)
    }

    /// Ends the exclusive borrow with this token, if the session has it.
    pub(super) fn stop_writing(&mut self, object: ObjectId, token: Epoch) {
        if let Some(held) = self.0.get_mut(&object).filter(|held| held.writing == Some(token)) {
            held.writing = None;
        }
        self.forget_if_done(object);
    }

    /// Enters the version that the owner knows.
    pub(super) fn own(&mut self, object: ObjectId, version: KnownVersion) {
        self.0.entry(object).or_default().owned = Some(version);
    }

    /// Notes whether the borrower of a loan that has ended died.
    pub(super) fn note_death(&mut self, object: ObjectId, has_died: bool) {
        if let Some(held) = self.0.get_mut(&object) {
            held.has_died = has_died;
        }
    }

    pub(super) fn has_died(&self, object: ObjectId) -> bool {
        self.0.get(&object).is_some_and(|held| held.has_died)
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

    /// Returns the versions of the object that the session knows. A request declares their keys, since it may remove
    /// them.
    pub(super) fn names(&self, object: ObjectId) -> impl Iterator<Item = &KnownVersion> {
        self.0.get(&object).into_iter().flat_map(|held| held.versions.iter().chain(&held.owned))
    }

    fn forget_if_done(&mut self, object: ObjectId) {
        let Some(held) = self.0.get_mut(&object) else { return };
        if held.shared.is_empty() && held.writing.is_none() {
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
            // The newest version comes first. A server that lost data may give an epoch out twice; the newer version is
            // read then.
            None => self.versions.insert(0, version),
        }
    }
}

/// Reads how a session holds an object, as `look.lua` writes it.
pub(super) fn hold(text: &str) -> Option<Hold> {
    match text {
        "-" => None,
        "shared" => Some(Hold::Shared),
        token => token.parse().ok().map(|token| Hold::Exclusive(Epoch(token))),
    }
}
