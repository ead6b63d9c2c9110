//! A server, and workers that run calls one after the other, event by event. The server does one request at a time, in
//! the order of their coming. The network takes no time, and callers always have another call.

use super::costs::{Costs, REQUESTS, RequestCost};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How often a worker looks at its call. By the second to the fourth look at a call, and then by each third one, it asks the
/// server whether the call is to end.
const LOOK: f64 = 0.25;
/// How often a worker renews its lease at least.
const RENEWED: f64 = 10.0 / 3.0;
/// At the begin, workers have looked at their calls less often than that.
const OLD: u64 = 300;
const NANOS: f64 = 1e9;

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) workers: usize,
    /// How long a function runs on average, in seconds: between half and one and a half of it, each time as likely.
    pub(crate) call: f64,
    /// How long the load is simulated, in seconds.
    pub(crate) time: f64,
    pub(crate) seed: u64,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// Calls in a second.
    pub(crate) calls: f64,
    /// The share of the time in which the server's processor was busy.
    pub(crate) busy: f64,
    /// Requests in a second.
    pub(crate) requests: f64,
    /// Between the end of a function and the begin of the worker's next one: the mean, in seconds.
    pub(crate) gap: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A worker's function has ended: the worker sends the answer, and asks for the next call.
    Ended(usize),
    /// A worker has the next call, and says that it begins. The caller reads the answer and sends a call.
    Assigned(usize),
    Look(usize),
}

struct SimulatedWorker {
    /// When the function has ended.
    ended: f64,
    /// How often the worker has looked at its call.
    looks: u64,
    renewed: f64,
}

struct SimulatedServer<'a> {
    costs: &'a Costs,
    free_at: f64,
    busy: f64,
    requests: u64,
}

impl SimulatedServer<'_> {
    /// Does a request that comes at `now`, and returns when it is done.
    fn serve(&mut self, now: f64, cost: RequestCost) -> f64 {
        let took = if now >= self.free_at { cost.cold } else { cost.hot };
        self.free_at = self.free_at.max(now) + took;
        self.busy += took;
        self.requests += 1;
        self.free_at
    }
}

/// Random numbers in the order of a seed (xorshift).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Returns a number between 0 and 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

pub(crate) fn simulate(costs: &Costs, load: &Load) -> Outcome {
    let mut dice = Dice::new(load.seed);
    let mut server = SimulatedServer { costs, free_at: 0.0, busy: 0.0, requests: 0 };
    let mut events = BinaryHeap::new();
    let at = |time: f64| Reverse((time * NANOS) as u64);
    let mut workers = Vec::with_capacity(load.workers);
    for nth in 0..load.workers {
        // As if all had run for a while: each is somewhere in a call, and between two looks.
        events.push((at(load.call * dice.share()), Event::Ended(nth)));
        events.push((at(LOOK * dice.share()), Event::Look(nth)));
        workers.push(SimulatedWorker { ended: 0.0, looks: dice.next() % OLD, renewed: 0.0 });
    }
    let (mut calls, mut gaps) = (0_u64, 0.0);
    while let Some((Reverse(nanos), event)) = events.pop() {
        let now = nanos as f64 / NANOS;
        if now >= load.time {
            break;
        }
        match event {
            Event::Ended(nth) => {
                workers[nth].ended = now;
                let assigned = server.serve(now, server.costs.call);
                events.push((at(assigned), Event::Assigned(nth)));
            }
            Event::Assigned(nth) => {
                let begun = server.serve(now, server.costs.call);
                for _ in 2..REQUESTS as u64 {
                    server.serve(now, server.costs.call);
                }
                let worker = &mut workers[nth];
                (calls, gaps) = (calls + 1, gaps + begun - worker.ended);
                worker.looks = 0;
                events.push((at(begun + load.call * (0.5 + dice.share())), Event::Ended(nth)));
            }
            Event::Look(nth) => {
                let worker = &mut workers[nth];
                worker.looks += 1;
                let asks = matches!(worker.looks, 2..=4) || (worker.looks > 4 && worker.looks.is_multiple_of(3));
                let mut next = now;
                if now - worker.renewed >= RENEWED {
                    worker.renewed = now;
                    next = server.serve(now, server.costs.renewal);
                } else if asks {
                    next = server.serve(now, server.costs.look);
                }
                events.push((at(next + LOOK), Event::Look(nth)));
            }
        }
    }
    Outcome {
        calls: calls as f64 / load.time,
        busy: server.busy.min(load.time) / load.time + server.costs.rest,
        requests: server.requests as f64 / load.time,
        gap: gaps / calls.max(1) as f64,
    }
}

/// Returns the largest number of workers, up to `most`, that keep the server busy for at most that share of the time.
pub(crate) fn workers_within(costs: &Costs, call: f64, busy: f64, most: usize) -> usize {
    let fits = |workers: usize| {
        let time = (3.0 * call).clamp(1.0, 5.0);
        simulate(costs, &Load { workers, call, time, seed: 1 }).busy <= busy
    };
    let (mut within, mut beyond) = (0, most + 1);
    while beyond - within > within / 50 + 1 {
        let middle = within.midpoint(beyond);
        if fits(middle) { within = middle } else { beyond = middle }
    }
    within
}

/// Returns the share of the fullest of so many shards, if that many keys are placed by a hash.
pub(crate) fn fullest(shards: usize, keys: usize, seed: u64) -> f64 {
    let mut dice = Dice::new(seed);
    let mut counts = vec![0_u64; shards];
    for _ in 0..keys {
        counts[(dice.next() >> 33) as usize % shards] += 1;
    }
    counts.into_iter().max().unwrap_or(0) as f64 / keys as f64
}

#[cfg(test)]
mod tests {
    use super::super::points::Points;
    use super::*;

    /// Each request takes 1 ms, and no memory.
    fn costs() -> Costs {
        let names =
            ["empty count=0", "idle count=2", "idle count=8", "busy count=8", "calls count=8", "hasty calls count=8"];
        let others = [
            "session count=2",
            "session count=8",
            "renewal of a worker count=8",
            "look of a worker count=8",
            "renewal of a session count=8",
        ];
        let objects =
            ["put count=1", "put count=2", "lend count=2", "drop count=2", "waiting count=0", "waiting count=100"];
        let all = names.iter().chain(&others).chain(&objects);
        let lines: Vec<String> = all
            .map(|name| {
                let (done, processor) = if name.contains("calls") { (100, 0.4) } else { (1, 0.001) };
                let is_rest = ["empty", "count=0"].iter().any(|rest| name.contains(rest));
                let processor = if is_rest { 0.0 } else { processor };
                format!("{name} time=1 reads=1 processor={processor} clients=0 memory=0 done={done}")
            })
            .collect();
        Costs::of(&Points::read(&lines.join("\n")).unwrap()).unwrap()
    }

    #[test]
    fn few_workers_are_limited_by_their_calls_and_many_by_the_server() {
        let of = |workers| simulate(&costs(), &Load { workers, call: 0.1, time: 20.0, seed: 1 });
        let (few, many) = (of(2), of(1000));
        assert!((17.0..20.0).contains(&few.calls) && few.gap < 0.003, "{few:?}");
        assert!(many.busy > 0.99 && (150.0..=251.0).contains(&many.calls) && many.gap > 1.0, "{many:?}");
        assert_eq!(of(2), few, "a seed has one outcome");
    }

    #[test]
    fn long_calls_cost_looks_and_renewals() {
        let outcome = simulate(&costs(), &Load { workers: 10, call: 60.0, time: 20.0, seed: 1 });
        assert!((12.0..16.0).contains(&outcome.requests), "{outcome:?}");
    }

    #[test]
    fn a_search_among_waiting_connections_is_between_the_measured_ones() {
        assert_eq!(
            [0.0, 50.0, 100.0, 200.0].map(|waiting| (costs().search(waiting) * 1e6).round()),
            [0.0, 500.0, 1000.0, 2000.0]
        );
    }

    #[test]
    fn a_hash_fills_shards_almost_alike() {
        assert!((0.25..0.26).contains(&fullest(4, 100_000, 1)));
    }

    #[test]
    fn the_largest_number_of_workers_is_found() {
        let workers = workers_within(&costs(), 0.1, 0.7, 10_000);
        assert!((12..=20).contains(&workers), "{workers}");
    }
}
