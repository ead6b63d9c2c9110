//! The places in the queues of writers.

/// The place of one call in the queue of an object's writers.
#[derive(Debug)]
pub(crate) struct QueuePlace {
    /// The number of the call's arrival. A call with a smaller number has joined the queue earlier.
    pub(crate) arrival: u64,
    /// Where the backend keeps the place, or how many messages had come when the call joined.
    #[allow(dead_code, reason = "`memory:` has the places of an object in one list")]
    pub(crate) note: u32,
    /// Whether the call's last wait in the queue ended because its time was over.
    #[allow(dead_code, reason = "only a server is told when a call has waited in vain")]
    pub(crate) has_waited_in_vain: bool,
}
