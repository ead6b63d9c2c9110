//! The model: which process may give which commands, and how far to search.

use crate::invariants;
use crate::state::{At, Liveness, Memory, Process, State};
use crate::steps::{Command, Done, Turn, begin};
use crate::words::SLOTS;
use stateright::{Checker, HasDiscoveries, Model, Property};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Processes that share one ledger, and what they may do.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// The commands that each process may give.
    pub roles: [&'static [Command]; SLOTS],
    /// How many commands each process may give.
    pub commands: [u8; SLOTS],
    /// How many times processes may be killed, all together.
    pub kills: u8,
    /// How many times new processes may take a slot that was left, all together.
    pub returns: u8,
    /// The seeded mistake, if there is one.
    pub mutant: Option<&'static str>,
    /// The positions from which processes took a step.
    pub seen: Visited,
}

/// The positions from which processes took a step, in all searches of this protocol and its clones.
#[derive(Clone, Debug)]
pub struct Visited(Arc<[AtomicBool]>);

impl Default for Visited {
    fn default() -> Self {
        Self((0..=At::ALL.len()).map(|_| AtomicBool::new(false)).collect())
    }
}

impl Visited {
    fn note(&self, at: At) {
        let seen = &self.0[at as usize];
        if !seen.load(Ordering::Relaxed) {
            seen.store(true, Ordering::Relaxed);
        }
    }

    /// Returns the positions from which no process took a step.
    pub fn missing(&self) -> impl Iterator<Item = At> {
        At::ALL.iter().copied().filter(|at| !self.0[*at as usize].load(Ordering::Relaxed))
    }
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A process begins a command.
    Begin(usize, Command),
    /// A process does its next step.
    Step(usize),
    /// A process is killed.
    Kill(usize),
    /// The process in the first slot takes the lock of the dead process in the second slot, and begins to recover that
    /// process.
    Recover(usize, usize),
    /// A new process takes a slot that was left. The new process first recovers the dead one, unless another process
    /// has done so.
    Return(usize),
}

/// The search leaves out states with this epoch or a larger one: a record's `files` have a bit for each version in a
/// `u32`.
const LAST_EPOCH: u8 = 30;

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let process = |nth: usize| Process { left: self.commands[nth], ..Process::default() };
        let processes = std::array::from_fn(process);
        vec![State { processes, kills: self.kills, returns: self.returns, ..State::default() }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (me, process) in state.processes.iter().enumerate() {
            match process.life {
                Liveness::Alive if process.is_idle() => {
                    actions.extend(self.roles[me].iter().map(|command| Action::Begin(me, *command)));
                    actions.extend((0..SLOTS).map(|dead| Action::Recover(me, dead)));
                }
                Liveness::Alive => actions.push(Action::Step(me)),
                Liveness::Dead { by: None } | Liveness::Empty if state.returns > 0 => actions.push(Action::Return(me)),
                Liveness::Dead { .. } | Liveness::Empty => {}
            }
            // A process that is idle and holds nothing leaves nothing: its death would change nothing.
            let leaves = process.at() != At::Idle || process.owned.is_some() || holds(process);
            if process.life == Liveness::Alive && leaves && state.kills > 0 {
                actions.push(Action::Kill(me));
            }
        }
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut after = *before;
        match action {
            Action::Begin(me, command) => after = begin(before, me, command)?,
            Action::Step(me) => {
                self.seen.note(before.processes[me].at());
                let mut turn = Turn { state: &mut after, me, mutant: self.mutant };
                if turn.step() == Done::Waits {
                    return None;
                }
            }
            Action::Kill(me) => {
                after.kills -= 1;
                after.kill(me);
            }
            Action::Recover(me, dead) => recover(&mut after, me, dead)?,
            Action::Return(me) => {
                after.returns -= 1;
                let life = after.processes[me].life;
                after.processes[me].life = Liveness::Alive;
                if life != Liveness::Empty {
                    start_recovery(&mut after, me, me);
                }
            }
        }
        invariants::check_step(before, &mut after);
        invariants::check(&mut after);
        Some(after)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("the invariants", |_, state: &State| state.broken.is_none())]
    }

    fn within_boundary(&self, state: &State) -> bool {
        state.records.iter().all(|record| record.state.epoch < LAST_EPOCH)
    }
}

fn holds(process: &Process) -> bool {
    process.shared.is_some() || process.exclusive.is_some() || process.reserved.is_some()
}

fn recover(state: &mut State, me: usize, dead: usize) -> Option<()> {
    let free = state.processes[dead].life == Liveness::Dead { by: None };
    free.then(|| {
        state.processes[dead].life = Liveness::Dead { by: Some(me as u8) };
        start_recovery(state, me, dead);
    })
}

fn start_recovery(state: &mut State, me: usize, dead: usize) {
    let process = &mut state.processes[me];
    process.memory = Memory { dead: dead as u8, ..Memory::default() };
    process.stack[0] = At::Recover;
}

/// What a search found.
#[derive(Debug)]
pub struct Found {
    /// How many states the search visited.
    pub states: usize,
    /// An invariant that does not hold, and the path to the state; `None` if the search found none.
    pub broken: Option<(&'static str, String)>,
}

impl Protocol {
    /// Searches until all states are visited, or `most` of them, or an invariant does not hold.
    #[must_use]
    pub fn search(&self, most: usize) -> Found {
        let checker = self.clone().checker().threads(2).target_state_count(most).finish_when(HasDiscoveries::Any);
        let checker = checker.spawn_bfs().join();
        let path = checker.discovery("the invariants");
        let broken = path.map(|path| {
            let sentence = path.last_state().broken.unwrap_or_default();
            (sentence, path.into_vec().iter().map(|(before, action)| describe(before, *action)).collect())
        });
        Found { states: checker.unique_state_count(), broken }
    }
}

/// Returns a line of the path to a broken invariant: the action, or, at the end of the path, the state.
fn describe(before: &State, action: Option<Action>) -> String {
    match action {
        Some(Action::Step(me)) => format!("{me}: {:?} and on\n", before.processes[me].at()),
        Some(action) => format!("{action:?}\n"),
        None => format!("{before:#?}\n"),
    }
}
