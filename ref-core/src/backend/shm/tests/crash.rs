//! Every operation is killed at every point. Its recoverer is killed at every point, and the recoverer of that
//! recoverer at some points.

use super::super::record::Record;
use super::audit::audit;
use super::scenes::{ENDINGS, Scene, everywhere};
use super::{RETURN, Shm, Stage, VersionsIn};
use crate::backend::Backend as _;
use crate::ledger::Command;
use crate::sync::{Outcome, play};

/// Runs `act`, which may die at its `nth` point, and ends the session as dead. Returns the point at which `act` died,
/// or `None` if it did not.
fn dies(session: Shm, nth: u32, act: impl FnOnce(&Shm)) -> Option<&'static str> {
    let outcome = play(nth, || act(&session));
    session.die();
    match outcome {
        Outcome::Done(()) => None,
        Outcome::Died(point) => Some(point),
    }
}

/// Opens a session, which recovers dead sessions and may die at its `nth` point. Returns the point at which the session
/// died, or `None` if it did not die.
fn comes_by(stage: &Stage, nth: u32) -> Option<&'static str> {
    let mut session = None;
    let outcome = play(nth, || session.insert(stage.open()).reap().map(drop).unwrap());
    session.into_iter().for_each(Shm::die);
    match outcome {
        Outcome::Done(()) => None,
        Outcome::Died(point) => Some(point),
    }
}

/// Runs `scene` until its victim dies at the `nth` point. Then two recoverers may die, at the points `second` and
/// `third`. Checks that a last recoverer leaves the store as it must be. Returns where the three sessions died.
fn play_out(
    scene: &Scene,
    versions: VersionsIn,
    nth: u32,
    second: Option<u32>,
    third: Option<u32>,
) -> [Option<&'static str>; 3] {
    let stage = Stage::new(versions);
    let (victim, other) = (stage.open_with_retired(), stage.open());
    let props = (scene.prepare)(&victim, &other);
    let lasts = other.shared.used_records().any(|record| record.owner().is_lasting()) && !ENDINGS.contains(&scene.name);
    let first = dies(victim, nth, |victim| (scene.act)(victim, &props).unwrap());
    let second = second.map(|nth| comes_by(&stage, nth));
    let third = third.map(|nth| comes_by(&stage, nth));

    let when =
        format!("{} with versions in {versions:?}, killed at {first:?}, then {second:?}, then {third:?}", scene.name);
    let last = stage.open();
    last.reap().unwrap();
    audit(&last, &[&last, &other], stage.folder.path(), &when);
    let is_there = |record: Record<'_>| record.owner().is_lasting() && !record.state().doomed();
    assert!(!lasts || last.shared.used_records().any(is_there), "{when}: a death ended a lasting object");
    if let Some(object) = props.object {
        // The other session gives up what it holds as an owner or as a reader.
        for command in [Command::Revoke, RETURN, Command::DropOwner] {
            let _not_its_own = other.ask(object, command);
        }
    }
    other.die();
    last.reap().unwrap();
    audit(&last, &[&last], stage.folder.path(), &format!("{when}, and all left"));
    [first, second.flatten(), third.flatten()]
}

/// Whether the recoveries of a scene depend on where versions are. Each scene is played with files, and those that take
/// or free a cell with cells too, and those that retire or reuse a file with retired files too.
fn is_played_with(scene: &Scene, versions: VersionsIn) -> bool {
    let mut points = (0..).map_while(|nth| play_out(scene, versions, nth, None, None)[0]);
    let steps: &[&str] = if versions == VersionsIn::Recycled { &["retire", "reuse"] } else { &["cell"] };
    versions == VersionsIn::Files || points.any(|point| steps.iter().any(|step| point.starts_with(step)))
}

#[test]
fn every_operation_killed_at_every_point_is_recovered() {
    let mut points = std::collections::BTreeSet::new();
    for (scene, versions) in everywhere() {
        for nth in 0.. {
            let [first, ..] = play_out(scene, versions, nth, None, None);
            let Some(point) = first else { break };
            points.insert(point);
        }
    }
    // Points that only opening, closing and recovering pass are reached by the next test, and by tests with real
    // processes.
    assert!(points.len() >= 40, "only {} points were reached: {points:?}", points.len());
}

#[test]
fn every_recovery_killed_at_every_point_is_recovered() {
    for (scene, versions) in everywhere().filter(|(scene, versions)| is_played_with(scene, *versions)) {
        for nth in 0.. {
            let mut last = None;
            for second in 0.. {
                let third = (nth * 7 + second * 3) % 11;
                let [first, recoverer, _] = play_out(scene, versions, nth, Some(second), Some(third));
                last = first;
                if recoverer.is_none() {
                    break;
                }
            }
            if last.is_none() {
                break;
            }
        }
    }
}
