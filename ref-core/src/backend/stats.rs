//! The statistics of a store.

/// Counts of what is in a store, and its limits. [`Store::stats`](crate::Store::stats) returns them.
///
/// Objects are counted one after the other while other processes go on, so the numbers need not describe one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Objects. An object without an owner that is kept for its last borrowers counts, too.
    pub objects: u64,
    /// Objects that their owner has lent to readers.
    pub lent_shared: u64,
    /// Objects that their owner has lent to one borrower that may change them.
    pub lent_exclusively: u64,
    /// Objects whose ownership ticket waits to be claimed.
    pub in_transit: u64,
    /// Objects without an owner, which every process that has their [`Key`](crate::Key) may read.
    pub detached: u64,
    /// Sessions. A dead session counts until it is recovered.
    pub sessions: u64,
    /// Bytes of the objects' current versions, their headers included.
    pub bytes: u64,
    /// What a restart of the store's server leaves of the store; `None` where there is no server.
    pub persistence: Option<Persistence>,
    /// How many objects there can be, if that is limited:
    /// [`StoreOptions::max_objects`](crate::StoreOptions::max_objects).
    pub max_objects: Option<u64>,
    /// How many sessions there can be, if that is limited:
    /// [`StoreOptions::max_sessions`](crate::StoreOptions::max_sessions).
    pub max_sessions: Option<u64>,
}

/// What a restart of a store's server leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Persistence {
    /// Nothing: all objects and sessions are gone.
    #[default]
    Nothing,
    /// The store as it was at the server's last snapshot.
    Snapshots,
    /// Everything, or everything but the last moments: the server's `appendfsync` setting decides.
    Log,
}
