//! What is in a store.

/// Says what is in a store, and how much it can hold: the answer of [`Store::stats`](crate::Store::stats).
///
/// Objects are counted one after the other while other processes go on, so the numbers are of no single moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Objects, those included that have no owner any more and go with their last borrower.
    pub objects: u64,
    /// Objects that their owner has lent to readers.
    pub lent_shared: u64,
    /// Objects that their owner has lent to one that may change them.
    pub lent_exclusively: u64,
    /// Objects whose ownership ticket waits to be claimed.
    pub in_transit: u64,
    /// Objects that nobody owns, and whoever has their [`Key`](crate::Key) may read.
    pub detached: u64,
    /// Sessions that are attached; a dead one counts until it is recovered.
    pub sessions: u64,
    /// Bytes of the objects' current versions, their headers included.
    pub bytes: u64,
    /// What a restart of the store's server leaves of it; none where there is no server.
    pub persistence: Option<Persistence>,
    /// How many objects there can be, if that is limited: [`StoreOptions::max_objects`](crate::StoreOptions::max_objects).
    pub max_objects: Option<u64>,
    /// How many sessions there can be, if that is limited: [`StoreOptions::max_sessions`](crate::StoreOptions::max_sessions).
    pub max_sessions: Option<u64>,
}

/// What a restart of a store's server leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Persistence {
    /// Nothing: its objects are gone, and its sessions.
    #[default]
    Nothing,
    /// What it was at the last snapshot.
    Snapshots,
    /// All, or all but the last moments: that is for the server's `appendfsync` to say.
    Log,
}
