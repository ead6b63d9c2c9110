//! Every state that a few sessions can reach within a few loans.

use super::invariants::check_state;
use super::owner::Deed;
use super::world::{Act, World, acts, usurpations};
use crate::ledger::{Command, Orphans, Owner, Session, Writer};
use stateright::{Checker as _, Model, Property};

/// The machine and its owner's handle, and how far to go.
#[derive(Clone, Debug)]
struct Bounds {
    orphans: Orphans,
    sessions: u32,
    deaths: usize,
    last: u64,
    seq: u64,
    /// Whether the object may be detached and published.
    open: bool,
}

impl Model for Bounds {
    type State = World;
    type Action = Act;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self.sessions, self.orphans)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Act>) {
        let all = acts(world).into_iter().chain(usurpations(world));
        actions.extend(all.filter(|act| self.open || !is_open(act)));
    }

    /// What holds of commands is looked at on the way.
    fn next_state(&self, world: &World, act: Act) -> Option<World> {
        let next = after(world, act);
        (next != *world).then(|| sorted(&next))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("the invariants", |_, world| {
            check_state(world);
            true
        })]
    }

    fn within_boundary(&self, world: &World) -> bool {
        let deaths = world.people.iter().filter(|person| person.dead).count();
        deaths <= self.deaths && world.object.last.0 <= self.last && world.object.seq <= self.seq
    }
}

/// Visits every state within the bounds, and checks every invariant on the way; returns how many there are.
fn explore(bounds: Bounds) -> usize {
    let checker = bounds.clone().checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    println!("{bounds:?}: {} states", checker.unique_state_count());
    checker.unique_state_count()
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
    let bounds = Bounds { orphans: Orphans::Reclaim, sessions: 3, deaths: 2, last: 4, seq: 1, open: false };
    assert!(explore(bounds) > 10_000);
}

#[test]
fn every_state_of_objects_that_wait_to_be_adopted() {
    let bounds = Bounds { orphans: Orphans::Adopt, sessions: 2, deaths: 1, last: 4, seq: 2, open: false };
    assert!(explore(bounds) > 4_000);
}

#[test]
fn every_state_of_a_detached_or_published_object_and_two_sessions() {
    let bounds = Bounds { orphans: Orphans::Reclaim, sessions: 2, deaths: 2, last: 4, seq: 1, open: true };
    assert!(explore(bounds) > 10_000);
}

#[test]
fn every_state_of_a_detached_or_published_object_and_three_sessions() {
    let bounds = Bounds { orphans: Orphans::Reclaim, sessions: 3, deaths: 1, last: 3, seq: 1, open: true };
    assert!(explore(bounds) > 5_000);
}

#[test]
#[ignore = "wants a release build: `cargo xtask model`"]
fn far_from_the_start() {
    for orphans in [Orphans::Reclaim, Orphans::Adopt] {
        explore(Bounds { orphans, sessions: 3, deaths: 2, last: 5, seq: 2, open: true });
    }
}
