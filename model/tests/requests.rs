//! Every state of small scenes: requests to a Redis server, and all that may happen to them.

use ref_model::requests::scenes;
use std::collections::BTreeSet;

#[test]
fn every_request_is_obeyed_once_and_its_caller_told_whatever_is_lost() {
    let mut missing: Option<BTreeSet<&str>> = None;
    let mut states = 0;
    for (name, requests) in scenes::near() {
        let found = requests.search(usize::MAX);
        if let Some((sentence, path)) = found.broken {
            panic!("{name}: {sentence}\n{path}");
        }
        println!("{name:<30}{:>12} states", found.states);
        states += found.states;
        let here: BTreeSet<&str> = requests.missing().collect();
        missing = Some(missing.map_or_else(|| here.clone(), |before| &before & &here));
    }
    assert_eq!(missing, Some(BTreeSet::new()));
    assert!(states >= 1_000_000, "only {states}");
}

/// For each mistake: what it is, the scene that shows it, and the rules that may be the first not to hold.
const MUTANTS: &[(&str, &str, &str)] = &[
    ("forget the last reply", "adopt and detach", "once"),
    ("obey an old number", "adopt and detach", "once"),
    ("obey behind a gap", "adopt and detach", "not done, own answer"),
    ("close drops all", "adopt and detach", "as before"),
    ("close without a word of what is undone", "adopt and detach", "as before"),
    ("recover only what it owned", "borrow shared", "over"),
    ("undo any loan", "lend", "held"),
    ("undo a redemption without its ticket", "borrow exclusively", "no handle"),
    ("forget the commit", "borrow exclusively", "refused"),
    ("take commits for alike", "commit as the owner", "stands"),
    ("rebase once", "commit as the owner", "refused"),
    ("keep a reply for ever", "lend", "no handle"),
    ("do not wait for a fate", "adopt and detach", "own answer, no handle"),
    ("do not undo", "adopt and detach", "no handle"),
    ("undo behind what was dropped", "claim and send", "no handle"),
    ("withdraw what was sent", "adopt and detach", "not done"),
    ("trust that what follows an error was a gap", "borrow shared", "not done"),
    ("take a gap for a fall-back", "adopt and detach", "cause"),
];

#[test]
fn every_mistake_in_the_requests_is_found() {
    for (mutant, scene, rules) in MUTANTS {
        let found = scenes::seeded(scene, mutant).search(2_000_000);
        let (sentence, path) = found.broken.unwrap_or_else(|| panic!("`{mutant}` was not found"));
        let name = sentence.split(':').next().unwrap();
        assert!(rules.split(", ").any(|rule| rule == name), "`{mutant}`: {sentence}\n{path}");
        println!("{mutant:<45} {:>8} states: {sentence}", found.states);
    }
}
