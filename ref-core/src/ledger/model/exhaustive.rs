//! Every state that a few sessions can reach within a few loans, breadth first.

use super::world::{Act, World, acts, usurpations};
use crate::ledger::Orphans;
use std::collections::{HashSet, VecDeque};

/// How far to go.
struct Bounds {
    sessions: u32,
    deaths: usize,
    last: u64,
    seq: u64,
}

impl Bounds {
    fn allow(&self, world: &World) -> bool {
        let deaths = world.people.iter().filter(|person| person.dead).count();
        deaths <= self.deaths && world.object.last.0 <= self.last && world.object.seq <= self.seq
    }
}

/// Visits every state within `bounds`, and checks every invariant on the way; returns how many there are.
fn explore(orphans: Orphans, bounds: &Bounds) -> usize {
    let start = World::new(bounds.sessions, orphans);
    let mut seen = HashSet::from([start.clone()]);
    let mut queue = VecDeque::from([start]);
    while let Some(world) = queue.pop_front() {
        for act in acts(&world).into_iter().chain(usurpations(&world)) {
            let next = after(&world, act);
            if next != world && bounds.allow(&next) && seen.insert(next.clone()) {
                queue.push_back(next);
            }
        }
    }
    seen.len()
}

fn after(world: &World, act: Act) -> World {
    let mut next = world.clone();
    next.act(act);
    next
}

#[test]
fn every_invariant_holds_in_every_state_near_the_start() {
    let t = std::time::Instant::now();
    for (s, l) in [(2, 3), (2, 4), (3, 3)] {
        let states = explore(Orphans::Reclaim, &Bounds { sessions: s, deaths: 2, last: l, seq: 1 });
        println!("{s} {l} {states} {:?}", t.elapsed());
    }
}
