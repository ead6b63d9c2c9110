//! What the workers of a pool do, and have done.

use crate::sync::Ordering;
use crate::sync::plain::AtomicU64;

/// What the workers of a pool do now, and what they have done since the start. [`Workers::stats`](super::Workers::stats)
/// returns it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerStats {
    /// How many calls wait for a worker.
    pub queued: usize,
    /// How many calls were sent to a worker, which has not responded yet. The calls of a `map` are sent ahead, so there
    /// may be more of them than workers.
    pub running: usize,
    /// How many workers wait for a call.
    pub idle: usize,
    /// How many dead workers were replaced, or are when a worker is next needed. Workers that
    /// [`Builder::recycle_after`](super::Builder::recycle_after) has replaced do not count.
    pub restarts: usize,
    /// How many bytes of requests were sent to workers. What a worker reads in a store does not count.
    pub sent_bytes: u64,
    /// How many bytes of responses were received from workers. Large results and new values, of 64 KiB or more, come in
    /// files and do not count, but from a [pool at a server](super::Workers::on).
    pub received_bytes: u64,
}

/// Counts the calls that were sent, and their bytes. Each number is exact; all together are not of one moment.
#[derive(Default)]
pub(in crate::remote::caller) struct Traffic {
    running: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
}

impl Traffic {
    /// Notes that a request of that length is being sent.
    pub(in crate::remote::caller) fn send(&self, bytes: usize) {
        self.running.fetch_add(1, Ordering::Relaxed);
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Notes that a response of that length has come.
    pub(super) fn receive(&self, bytes: usize) {
        self.end(1);
        self.note_received(bytes);
    }

    /// Notes the bytes of a response. The call is not over yet.
    pub(in crate::remote::caller) fn note_received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Notes that so many requests get no response, since their worker is dead.
    pub(in crate::remote::caller) fn end(&self, calls: usize) {
        self.running.fetch_sub(calls as u64, Ordering::Relaxed);
    }

    /// Adds the numbers to `stats`.
    pub(in crate::remote::caller) fn add_to(&self, stats: WorkerStats) -> WorkerStats {
        let [running, sent_bytes, received_bytes] =
            [&self.running, &self.sent, &self.received].map(|number| number.load(Ordering::Relaxed));
        WorkerStats { running: running as usize, sent_bytes, received_bytes, ..stats }
    }
}
