//! The names of what a store keeps in its server. All of a store's keys are in one hash slot.

use crate::id::ObjectId;

/// The keys of one store. See `docs/layout.md`.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    prefix: String,
}

impl Keys {
    pub(super) fn of(store: &str) -> Self {
        Self { prefix: format!("{{ref:{store}}}:") }
    }

    fn of_store(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The store's number.
    pub(super) fn id(&self) -> String {
        self.of_store("id")
    }

    pub(super) fn sessions(&self) -> String {
        self.of_store("sessions")
    }

    /// The last request of each session, and its answer.
    pub(super) fn requests(&self) -> String {
        self.of_store("requests")
    }

    /// Which process each session is.
    pub(super) fn names(&self) -> String {
        self.of_store("names")
    }

    /// Sessions that are over, and not yet recovered.
    pub(super) fn dead(&self) -> String {
        self.of_store("dead")
    }

    pub(super) fn clock(&self) -> String {
        self.of_store("clock")
    }

    /// What `session` has a claim on.
    pub(super) fn claims(&self, session: &str) -> String {
        format!("{}claims:{session}", self.prefix)
    }

    pub(super) fn objects(&self) -> String {
        self.of_store("objects")
    }

    /// When what nobody owns goes.
    pub(super) fn deadlines(&self) -> String {
        self.of_store("deadlines")
    }

    pub(super) fn object(&self, object: &str) -> String {
        format!("{}object:{object}", self.prefix)
    }

    pub(super) fn holders(&self, object: &str) -> String {
        format!("{}holders:{object}", self.prefix)
    }

    /// The bytes of the current version, where they are few.
    pub(super) fn bytes(&self, object: &str) -> String {
        format!("{}bytes:{object}", self.prefix)
    }

    /// A larger version; followed by its name.
    pub(super) fn large(&self, object: &str) -> String {
        format!("{}version:{object}:", self.prefix)
    }
}

/// An object, as keys have it.
pub(super) fn name(object: ObjectId) -> String {
    format!("{:08x}{:016x}", object.index, object.birth)
}

/// The object that keys have by this name.
pub(super) fn object(name: &str) -> Option<ObjectId> {
    let (index, birth) = name.split_at_checked(8)?;
    Some(ObjectId { index: u32::from_str_radix(index, 16).ok()?, birth: u64::from_str_radix(birth, 16).ok()? })
}
