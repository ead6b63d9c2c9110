//! The invariants that hold after every step: a table of sentences, each with the function that checks it. Invariants
//! of a single command are checked at its step, by calls of `require`.

use crate::state::{Id, Lease, Liveness, OwnerMark, State};
use crate::words::{Mode, OwnerKind, Record};

type Always = (&'static str, fn(&State) -> bool);

const STATES: &[Always] = &[
    ("I1: shared xor exclusive among live holders of unrevoked loans, and at most one exclusive", shared_xor_exclusive),
    ("I2: a reader's version is current and present, and so is an unrevoked writer's", what_is_held_is_there),
    ("I5: one live owner at most, and the record names it", one_owner),
    ("I6: a record that is held is not given to another object", nothing_held_is_reused),
    ("I7: at rest, nothing without a claim is kept", no_claim_no_object),
    ("I12: what the owner has loaded while its object is not lent is the current version", owner_is_current),
];

/// Checks the invariants of a state, and notes the first that does not hold.
pub(crate) fn check(state: &mut State) {
    let broken = STATES.iter().find(|(_, holds)| !holds(state));
    if let Some((sentence, _)) = broken {
        state.require(sentence, false);
    }
}

/// Checks the invariants that compare a state with the next one.
pub(crate) fn check_step(before: &State, after: &mut State) {
    let rises = before.records.iter().zip(&after.records).all(|(before, after)| numbers_rise(before, after));
    after.require("I3: a record's counter never falls, and versions are in its order", rises);
}

fn numbers_rise(before: &Record, after: &Record) -> bool {
    let same = before.birth == after.birth && before.current != 0 && after.current != 0;
    before.state.epoch <= after.state.epoch
        && before.owner.seq <= after.owner.seq
        && (!same || before.current <= after.current)
}

fn record(state: &State, object: Id) -> Option<&Record> {
    Some(&state.records[usize::from(object.record)]).filter(|record| record.birth == object.birth)
}

fn shared(state: &State) -> impl Iterator<Item = Lease> {
    state.alive().filter_map(|process| process.shared)
}

fn exclusive(state: &State) -> impl Iterator<Item = Lease> {
    state.alive().filter_map(|process| process.exclusive).filter(|lease| !lease.revoked)
}

fn shared_xor_exclusive(state: &State) -> bool {
    let alone = |lease: &Lease| {
        let others = exclusive(state).filter(|other| other.object == lease.object).count();
        others == 1 && shared(state).all(|other| other.object != lease.object)
    };
    exclusive(state).all(|lease| alone(&lease))
}

fn what_is_held_is_there(state: &State) -> bool {
    // The version is 0 if the holder has not read the version's number yet.
    let is_there = |lease: Lease| {
        let Some(record) = record(state, lease.object) else { return false };
        lease.version == 0 || lease.version == record.current && record.has(lease.version)
    };
    let doomed = |lease: &Lease| record(state, lease.object).is_none_or(|record| record.state.doom);
    shared(state).all(is_there) && exclusive(state).filter(|lease| !doomed(lease)).all(is_there)
}

fn one_owner(state: &State) -> bool {
    state.processes.iter().enumerate().filter(|(_, process)| process.life == Liveness::Alive).all(|(slot, process)| {
        let Some(owned) = process.owned else { return true };
        let others = state.alive().filter(|other| other.owned.is_some_and(|other| other.object == owned.object));
        let moves = !process.is_idle();
        let named = record(state, owned.object).is_some_and(|record| record.owner.is_slot(slot) && !record.state.doom);
        others.count() == 1 && (moves || named)
    })
}

fn nothing_held_is_reused(state: &State) -> bool {
    let busy = |mode| matches!(mode, Mode::Free | Mode::Init | Mode::Reclaiming);
    shared(state).all(|lease| record(state, lease.object).is_some_and(|record| !busy(record.state.mode)))
}

fn owner_is_current(state: &State) -> bool {
    state.alive().filter(|process| process.is_idle()).filter_map(|process| process.owned).all(|owned| {
        let current = record(state, owned.object).map(|record| record.current);
        let reads = owned.mark != OwnerMark::Exclusive && owned.loaded;
        !reads && owned.mark != OwnerMark::NotLent || current == Some(owned.base)
    })
}

/// Returns whether the store keeps only what it should. An object that is neither in transit nor detached has a live
/// process that owns, holds or reserves it. A reader bit is of a live process that reads. A file is that of an object's
/// current version. While a process is in a command, or is dead and not recovered, this returns `true`.
fn no_claim_no_object(state: &State) -> bool {
    let quiet = |life| matches!(life, Liveness::Empty);
    if !state.processes.iter().all(|process| process.is_idle() || quiet(process.life)) {
        return true;
    }
    let staged = state.staged.iter().flatten().any(|versions| *versions != 0);
    !staged && (0..state.records.len()).all(|nth| is_tidy(state, nth))
}

fn is_tidy(state: &State, nth: usize) -> bool {
    let record = &state.records[nth];
    let here = |lease: &Lease| usize::from(lease.object.record) == nth && lease.object.birth == record.birth;
    let read = |slot: usize| {
        let process = &state.processes[slot];
        process.life == Liveness::Alive && process.shared.as_ref().is_some_and(here)
    };
    if (0..state.processes.len()).any(|slot| (record.readers & 1 << slot != 0) != read(slot)) {
        return false;
    }
    if record.state.mode == Mode::Free {
        return (record.files, record.birth, record.current, record.prev) == (0, 0, 0, 0)
            && record.owner.kind == OwnerKind::None
            && !record.state.doom;
    }
    let by = &state.processes[usize::from(record.state.slot).min(state.processes.len() - 1)];
    let writes = |lease: &Option<Lease>| lease.is_some_and(|lease| here(&lease) && lease.token == record.state.epoch);
    let written = match record.state.mode {
        Mode::Exclusive => by.life == Liveness::Alive && writes(&by.exclusive),
        Mode::Pending => by.life == Liveness::Alive && writes(&by.reserved),
        mode => mode.at_rest(),
    };
    let owner = &state.processes[usize::from(record.owner.slot).min(state.processes.len() - 1)];
    let owned = match record.owner.kind {
        OwnerKind::Slot => {
            owner.life == Liveness::Alive && owner.owned.is_some_and(|owned| usize::from(owned.object.record) == nth)
        }
        // An evicted object stays detached until it is reclaimed.
        OwnerKind::None | OwnerKind::Detached if record.state.doom => {
            record.readers != 0 || !record.state.mode.at_rest()
        }
        OwnerKind::None => false,
        OwnerKind::Transit | OwnerKind::Detached => !record.state.doom,
    };
    written && owned && record.files == 1 << record.current && record.prev == 0
}
