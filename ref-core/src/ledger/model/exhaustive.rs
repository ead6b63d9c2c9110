//! Every state that a few sessions can reach within a few loans, breadth first.

use super::invariants::check_state;
use super::owner::Deed;
use super::world::{Act, World, acts, usurpations};
use crate::ledger::{Command, Orphans, Owner, Session, Writer};
use std::collections::{HashSet, VecDeque};

/// How far to go.
struct Bounds {
    sessions: u32,
    deaths: usize,
    last: u64,
    seq: u64,
    /// Whether the object may be detached and published.
    open: bool,
}

impl Bounds {
    fn acts(&self, world: &World) -> impl Iterator<Item = Act> + use<> {
        let open = self.open;
        acts(world).into_iter().chain(usurpations(world)).filter(move |act| open || !is_open(act))
    }

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
        check_state(&world);
        for act in bounds.acts(&world) {
            let next = after(&world, act);
            if next == world || !bounds.allow(&next) {
                continue;
            }
            let next = sorted(&next);
            if !seen.contains(&next) {
                seen.insert(next.clone());
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

/// The same world with its sessions in order: who is called what makes no difference.
fn sorted(world: &World) -> World {
    let role = |&Session(s): &Session| (&world.people[s as usize], world.object.writer.session() == Some(Session(s)));
    let mut order: Vec<_> = world.sessions().collect();
    order.sort_by_key(|session| role(session));
    let rename = |session: Session| Session(order.iter().position(|&old| old == session).unwrap() as u32);

    let mut next = world.clone();
    next.people = order.iter().map(|&Session(s)| world.people[s as usize].clone()).collect();
    next.account.committed = world.account.committed.map(|(s, t)| (rename(s), t));
    next.object.committed = world.object.committed.map(|(s, t)| (rename(s), t));
    next.object.holders = world.object.holders.iter().map(|&s| rename(s)).collect();
    next.object.stale = world.object.stale.iter().map(|&s| rename(s)).collect();
    next.object.writer = match world.object.writer {
        Writer::None => Writer::None,
        Writer::Pending(s, t) => Writer::Pending(rename(s), t),
        Writer::Active(s, t) => Writer::Active(rename(s), t),
    };
    if let Owner::Session(owner) = world.object.owner {
        next.object.owner = Owner::Session(rename(owner));
    }
    next
}

fn is_open(act: &Act) -> bool {
    match act {
        Act::Ask(_, command) => {
            matches!(command, Command::Get | Command::Evict | Command::Share | Command::Reserve | Command::Grant)
        }
        Act::Use(_, deed) => matches!(deed, Deed::Detach | Deed::Publish),
        Act::Die(_) => false,
    }
}

#[test]
fn every_state_of_three_sessions_of_which_two_die() {
    let bounds = Bounds { sessions: 3, deaths: 2, last: 4, seq: 1, open: false };
    assert!(explore(Orphans::Reclaim, &bounds) > 10_000);
}

#[test]
fn every_state_of_objects_that_wait_to_be_adopted() {
    let bounds = Bounds { sessions: 2, deaths: 1, last: 4, seq: 2, open: false };
    assert!(explore(Orphans::Adopt, &bounds) > 4_000);
}

#[test]
fn every_state_of_a_detached_or_published_object_and_two_sessions() {
    let bounds = Bounds { sessions: 2, deaths: 2, last: 4, seq: 1, open: true };
    assert!(explore(Orphans::Reclaim, &bounds) > 10_000);
}

#[test]
fn every_state_of_a_detached_or_published_object_and_three_sessions() {
    let bounds = Bounds { sessions: 3, deaths: 1, last: 3, seq: 1, open: true };
    assert!(explore(Orphans::Reclaim, &bounds) > 5_000);
}

#[test]
#[ignore = "takes minutes, and wants a release build"]
fn every_state_far_from_the_start() {
    for orphans in [Orphans::Reclaim, Orphans::Adopt] {
        explore(orphans, &Bounds { sessions: 3, deaths: 2, last: 5, seq: 2, open: true });
    }
}
