//! Searches every state of small scenes, in which processes lend, borrow, send and adopt, and are killed at any step.

use ref_model::scenes;
use ref_model::state::At;
use std::collections::BTreeSet;

/// Positions that no process reaches. The swap of an owner's own commit never fails, since no other process changes the
/// state word of an idle object while the owner lives. Only a seeded mistake clears the owner before the doom.
const NEVER: &[At] = &[At::WriteLost, At::RecoverOwner];

#[test]
fn every_state_of_small_scenes_keeps_the_invariants_and_every_step_is_taken() {
    let mut missing: Option<BTreeSet<String>> = None;
    let mut states = 0;
    for (name, protocol) in scenes::near() {
        let found = protocol.search(usize::MAX);
        if let Some((sentence, path)) = found.broken {
            panic!("{name}: {sentence}\n{path}");
        }
        println!("{name:<30}{:>12} states", found.states);
        states += found.states;
        let here: BTreeSet<String> = protocol.seen.missing().map(|at| format!("{at:?}")).collect();
        missing = Some(missing.map_or_else(|| here.clone(), |before| &before & &here));
    }
    let never = NEVER.iter().map(|at| format!("{at:?}")).collect();
    assert_eq!(missing, Some(never));
    assert!(states >= 5_000_000, "only {states}");
}
