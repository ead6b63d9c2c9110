//! What each act asks of a server, from the points that were measured.

use super::points::{Point, Points};

/// The workers of the points from which costs are taken. What is reckoned for others is compared with their points.
pub(crate) const BASE: usize = 8;

/// What a request takes of the server's processor, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RequestCost {
    /// If the server comes from another request.
    pub(crate) hot: f64,
    /// If the server has waited: it has to wake, and its caches have other things in them.
    pub(crate) cold: f64,
}

impl RequestCost {
    fn new(hot: f64, cold: f64) -> Self {
        Self { hot, cold: cold.max(hot) }
    }
}

pub(crate) struct Costs {
    /// The share of a core that a server without clients uses.
    pub(crate) rest: f64,
    /// One of the requests of a call.
    pub(crate) call: RequestCost,
    /// A worker's renewal of its lease, and its question whether its call is to end.
    pub(crate) renewal: RequestCost,
    pub(crate) look: RequestCost,
    /// A session's renewal of its lease.
    pub(crate) session: RequestCost,
    /// Requests in a second of a worker that waits, of one that runs a long call, and of a session without calls.
    pub(crate) idle_rate: f64,
    pub(crate) busy_rate: f64,
    pub(crate) session_rate: f64,
    /// Connections and bytes of a worker, and of a process with a session.
    pub(crate) worker_clients: f64,
    pub(crate) worker_memory: f64,
    pub(crate) session_clients: f64,
    pub(crate) session_memory: f64,
    /// Seconds of the server's processor for an entry of the queue, by the number of connections that wait for calls.
    waiting: Vec<(f64, f64)>,
    /// Bytes of an object, and seconds of the server's processor for its steps.
    pub(crate) object_memory: f64,
    pub(crate) put: f64,
    pub(crate) lend: f64,
    pub(crate) drop: f64,
    /// Seconds that a put and a borrow take their caller.
    pub(crate) put_time: f64,
    pub(crate) lend_time: f64,
}

/// How many requests of the server a call takes: it is sent, begun and answered, and its answer is read.
pub(crate) const REQUESTS: f64 = 4.0;

impl Costs {
    pub(crate) fn of(points: &Points) -> Result<Self, String> {
        let rest = points.with("empty", 0)?.busy();
        let (idle, busy, calls) = (points.with("idle", BASE)?, points.with("busy", BASE)?, points.with("calls", BASE)?);
        let session = points.with("session", BASE)?;
        let each = |point: &Point| (point.processor - rest * point.time) / point.reads;
        let of_call = |point: &Point| (point.processor - rest * point.time) / point.done / REQUESTS;
        let done = |name: &str| points.last(name).map(|point| point.processor / point.done);
        let waiting =
            points.all("waiting").into_iter().map(|point| (point.count, point.processor / point.done)).collect();
        Ok(Self {
            rest,
            call: RequestCost::new(of_call(points.last("hasty calls")?), of_call(calls)),
            renewal: RequestCost::new(done("renewal of a worker")?, each(idle)),
            look: RequestCost::new(done("look of a worker")?, each(busy)),
            session: RequestCost::new(done("renewal of a session")?, each(session)),
            idle_rate: idle.rate() / BASE as f64,
            busy_rate: busy.rate() / BASE as f64,
            session_rate: session.rate() / BASE as f64,
            worker_clients: points.slope("idle", |point| point.clients)?,
            worker_memory: points.slope("idle", |point| point.memory)?,
            session_clients: points.slope("session", |point| point.clients)?,
            session_memory: points.slope("session", |point| point.memory)?,
            waiting,
            object_memory: points.slope("put", |point| point.memory)?,
            put: done("put")?,
            lend: done("lend")?,
            drop: done("drop")?,
            put_time: points.last("put").map(|point| point.time / point.done)?,
            lend_time: points.last("lend").map(|point| point.time / point.done)?,
        })
    }

    /// Returns by how much an entry of the queue takes the server longer if so many connections wait for calls. Between two
    /// measured numbers the time is on the line through both, and beyond the last on that from the first.
    pub(crate) fn search(&self, waiting: f64) -> f64 {
        let Some(&(_, alone)) = self.waiting.first() else { return 0.0 };
        let mut before = (0.0, 0.0);
        for &(count, seconds) in &self.waiting[1..] {
            let more = (seconds - alone).max(0.0);
            if waiting <= count {
                let share = (waiting - before.0) / (count - before.0);
                return before.1 + share * (more - before.1);
            }
            before = (count, more);
        }
        if before.0 == 0.0 { 0.0 } else { before.1 * waiting / before.0 }
    }
}
