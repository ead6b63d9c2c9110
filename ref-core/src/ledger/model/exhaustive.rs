//! Visits every state that a few sessions can reach within a few epochs, departures and deaths.

use super::invariants::check_state;
use super::owner::HandleCall;
use super::world::{Act, World, acts, forbidden};
use crate::ledger::{Command, Orphans, Owner, SessionId, Writer};
use stateright::{Checker as _, Model, Property};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What to explore: what becomes of orphans, and how far to go.
#[derive(Clone, Debug)]
struct Bounds {
    orphans: Orphans,
    sessions: u32,
    deaths: usize,
    last: u64,
    seq: u64,
    /// Whether to try [`HandleCall::Detach`], [`HandleCall::Overdetach`], [`HandleCall::Publish`], and the commands on
    /// a detached or published object except [`Command::Adopt`].
    open: bool,
    /// How many states the visited states stand for: all states that differ from these only in the names of sessions.
    states: Arc<AtomicUsize>,
}

impl Bounds {
    fn new(orphans: Orphans, sessions: u32, deaths: usize, last: u64, seq: u64, open: bool) -> Self {
        Self { orphans, sessions, deaths, last, seq, open, states: Arc::default() }
    }
}

impl Model for Bounds {
    type State = World;
    type Action = Act;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self.sessions, self.orphans)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Act>) {
        let all = acts(world).into_iter().chain(forbidden(world));
        // Times are tried in random histories: here they would double the states of detached objects.
        let has_no_time = |act: &Act| !matches!(act, Act::Use(_, HandleCall::DetachFor));
        actions.extend(all.filter(has_no_time).filter(|act| self.open || !is_open(act)));
    }

    /// Does the act, and checks the invariants of its commands. Returns `None` if the act changes nothing.
    fn next_state(&self, world: &World, act: Act) -> Option<World> {
        let next = after(world, act);
        (next != *world).then(|| sorted(&next))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("the invariants", |bounds: &Self, world| {
            check_state(world);
            bounds.states.fetch_add(stands_for(world), Ordering::Relaxed);
            true
        })]
    }

    fn within_boundary(&self, world: &World) -> bool {
        let deaths = world.participants.iter().filter(|participant| participant.dead).count();
        deaths <= self.deaths && world.object.last.0 <= self.last && world.object.seq <= self.seq
    }
}

/// Visits every state within the bounds and checks every invariant. Returns how many states there are. Of the states
/// that differ only in the names of sessions, one is visited (symmetry reduction).
fn explore(bounds: Bounds) -> usize {
    let checker = bounds.clone().checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    let states = bounds.states.load(Ordering::Relaxed);
    println!("{bounds:?}: {states} states, {} by other names", checker.unique_state_count());
    states
}

fn after(world: &World, act: Act) -> World {
    let mut next = world.clone();
    next.act(act);
    next
}

/// Returns the same world with its sessions sorted. The sorted world stands for the worlds with all other orders.
fn sorted(world: &World) -> World {
    let role = |&SessionId(s): &SessionId| {
        (&world.participants[s as usize], world.object.writer.session() == Some(SessionId(s)))
    };
    let mut order: Vec<_> = world.sessions().collect();
    order.sort_by_key(|session| role(session));
    renamed(world, &order)
}

/// Returns the same world with its sessions in the order `order`.
fn renamed(world: &World, order: &[SessionId]) -> World {
    let rename = |session: SessionId| SessionId(order.iter().position(|&old| old == session).unwrap() as u32);
    let mut next = world.clone();
    next.participants = order.iter().map(|&SessionId(s)| world.participants[s as usize].clone()).collect();
    next.account.committed = world.account.committed.map(|(s, t)| (rename(s), t));
    next.object.committed = world.object.committed.map(|(s, t)| (rename(s), t));
    next.object.holders = world.object.holders.iter().map(|&(s, loan)| (rename(s), loan)).collect();
    next.object.stale = world.object.stale.iter().map(|&(s, loan)| (rename(s), loan)).collect();
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

/// Returns how many states a sorted world stands for: the number of different worlds among all orders of its sessions.
fn stands_for(world: &World) -> usize {
    let orders = orders(world.sessions().collect());
    let same = orders.iter().filter(|order| renamed(world, order) == *world).count();
    orders.len() / same
}

/// Returns every order of the sessions.
fn orders(sessions: Vec<SessionId>) -> Vec<Vec<SessionId>> {
    if sessions.is_empty() {
        return vec![Vec::new()];
    }
    let with_first = |nth: usize| {
        let mut rest = sessions.clone();
        let first = rest.remove(nth);
        orders(rest).into_iter().map(move |rest| std::iter::once(first).chain(rest).collect())
    };
    (0..sessions.len()).flat_map(with_first).collect()
}

fn is_open(act: &Act) -> bool {
    match act {
        Act::Ask(_, command) => {
            use Command::{Evict, Extend, Get, Grant, Reserve, Share, TimeExpired};
            matches!(command, Get | Evict | Share | Reserve | Grant | Extend { .. } | TimeExpired)
        }
        Act::Use(_, call) => matches!(call, HandleCall::Detach | HandleCall::Overdetach | HandleCall::Publish),
        Act::Die(_) => false,
    }
}

#[test]
fn every_state_of_three_sessions_that_may_all_die() {
    let bounds = Bounds::new(Orphans::Reclaim, 3, 3, 4, 2, true);
    assert!(explore(bounds) > 400_000);
}

#[test]
fn every_state_of_three_sessions_where_orphans_are_adopted() {
    let bounds = Bounds::new(Orphans::Adopt, 3, 2, 3, 4, true);
    assert!(explore(bounds) > 80_000);
}

#[test]
fn every_state_of_owned_objects_and_two_sessions_where_orphans_are_adopted() {
    let bounds = Bounds::new(Orphans::Adopt, 2, 1, 4, 4, false);
    assert!(explore(bounds) > 10_000);
}

#[test]
#[ignore = "wants a release build: `cargo xtask model`"]
fn far_from_the_start() {
    explore(Bounds::new(Orphans::Reclaim, 3, 2, 6, 4, true));
    explore(Bounds::new(Orphans::Adopt, 3, 3, 5, 4, true));
}
