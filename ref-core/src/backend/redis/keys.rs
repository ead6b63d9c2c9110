//! The names of a store's keys in the server. All of them contain the same text in braces, so all keys are in one hash
//! slot.

use crate::id::ObjectId;

/// The keys of one store. See `docs/layout.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Keys {
    prefix: String,
}

impl Keys {
    pub(super) fn of(store: &str) -> Self {
        Self { prefix: format!("{{ref:{store}}}:") }
    }

    /// Returns what every key and every channel of the store begins with.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    fn of_store(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// String: the store's number, space, and the number of the layout of its keys.
    pub(super) fn id(&self) -> String {
        self.of_store("id")
    }

    pub(super) fn sessions(&self) -> String {
        self.of_store("sessions")
    }

    /// Hash: for each session, the number of its last request and the reply to it.
    pub(super) fn requests(&self) -> String {
        self.of_store("requests")
    }

    /// Channel: the messages that replicas get after a commit. No process listens to it.
    pub(super) fn replicated(&self) -> String {
        self.of_store("replicated")
    }

    /// Hash: the process of each session.
    pub(super) fn names(&self) -> String {
        self.of_store("names")
    }

    /// Hash: the sessions that are over and not yet recovered.
    pub(super) fn dead(&self) -> String {
        self.of_store("dead")
    }

    /// Hash: the descriptions of types, by their fingerprints.
    pub(super) fn types(&self) -> String {
        self.of_store("types")
    }

    /// Hash: the objects that have a name, by their names.
    pub(super) fn named(&self) -> String {
        self.of_store("named")
    }

    /// Hash: the names that processes wait for, and the channels of these processes. It expires after the last wait.
    pub(super) fn awaited(&self) -> String {
        self.of_store("awaited")
    }

    pub(super) fn clock(&self) -> String {
        self.of_store("clock")
    }

    /// Hash: the objects that `session` owns, writes or reads. For each object that it reads: the generation of the
    /// loan, since when, and the caller's line.
    pub(super) fn claims(&self, session: &str) -> String {
        format!("{}claims:{session}", self.prefix)
    }

    /// Set: the objects that no session owns. Each other object is among the claims of a session.
    pub(super) fn unowned(&self) -> String {
        self.of_store("unowned")
    }

    /// Sorted set: the objects in transit, the orphans and the detached objects with a time, by the time at which
    /// they are dropped.
    pub(super) fn deadlines(&self) -> String {
        self.of_store("deadlines")
    }

    pub(super) fn object(&self, object: &str) -> String {
        format!("{}object:{object}", self.prefix)
    }

    /// Sorted set: the readers of an object, by the generation of their loan.
    pub(super) fn readers(&self, object: &str) -> String {
        format!("{}readers:{object}", self.prefix)
    }

    /// Hash: the older versions that readers of revoked loans still read.
    pub(super) fn kept(&self, object: &str) -> String {
        format!("{}kept:{object}", self.prefix)
    }

    /// String: the bytes of the current version, if a reply can have them in it and the object's hash cannot.
    pub(super) fn bytes(&self, object: &str) -> String {
        format!("{}bytes:{object}", self.prefix)
    }

    /// The prefix of the keys of the object's large versions. In each key, the version's name follows it.
    pub(super) fn large(&self, object: &str) -> String {
        format!("{}version:{object}:", self.prefix)
    }
}

/// Returns the hash field that has the description with this fingerprint.
pub(super) fn type_field(fingerprint: u64) -> String {
    format!("{fingerprint:016x}")
}

/// Returns the object's name, as keys contain it.
pub(super) fn name(object: ObjectId) -> String {
    format!("{:08x}{:016x}", object.index, object.birth)
}

/// Returns the object that has this name in keys.
pub(super) fn object(name: &str) -> Option<ObjectId> {
    let (index, birth) = name.split_at_checked(8)?;
    Some(ObjectId { index: u32::from_str_radix(index, 16).ok()?, birth: u64::from_str_radix(birth, 16).ok()? })
}
