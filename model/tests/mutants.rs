//! Seeded mistakes, each of which the model must find. A model that finds no mistake proves nothing.

use ref_model::protocol::Protocol;
use ref_model::scenes;
use std::collections::BTreeSet;
use std::path::Path;

/// For each mistake: the name that it has in the ledger's own code, the scene that shows it, how many commands each
/// process may give there, and the invariants that may be the first not to hold.
const MUTANTS: &[(&str, &str, [u8; 3], &str)] = &[
    ("redeem without a second look", "shared loans", [3, 1, 0], "I1 I6 I8"),
    ("end without closing", "shared loans", [3, 1, 0], "I8"),
    ("revoke by clearing bits", "shared loans", [3, 1, 0], "I7"),
    ("reclaim what is read", "shared loans", [3, 1, 0], "I6"),
    ("reclaim before it is disowned", "a record for another object", [3, 3, 0], "I2 I5 I6 I7"),
    ("recover the owner before the doom", "shared loans", [1, 0, 0], "I7"),
    ("recover only what the dead held", "shared loans", [3, 2, 0], "I7"),
    ("reuse epochs", "shared loans", [2, 0, 0], "I3"),
    ("commit by a plain store", "exclusive loans", [3, 2, 0], "I9 I10 I11"),
    ("redeem any right", "exclusive loans", [3, 1, 0], "I5"),
    ("recover without the writer", "exclusive loans", [2, 1, 0], "I7"),
    ("recover without emptying the stage", "exclusive loans", [2, 2, 0], "I7"),
    ("evict in any state", "objects without an owner", [3, 1, 0], "I5"),
    ("recover without the mark", "lasting objects", [3, 0, 0], "I14"),
    ("flush without its token", "written lasting objects", [4, 3, 0], "I2 I3 I7"),
    ("send under the same number", "ownership", [4, 2, 1], "I5"),
];

#[test]
fn the_table_has_every_mistake_of_the_model() {
    let mut planted = BTreeSet::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/steps")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        planted.extend(text.split("mutant(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
    }
    assert_eq!(planted, MUTANTS.iter().map(|(mutant, ..)| (*mutant).to_owned()).collect());
}

#[test]
fn every_mistake_is_found() {
    for (mutant, scene, commands, invariants) in MUTANTS {
        // Scenes of the same name differ in their kills and returns. At least one of these scenes shows the mistake.
        let scenes = scenes::near().into_iter().filter(|(name, _)| name == scene);
        let rights: Vec<_> = scenes.map(|(_, protocol)| Protocol { commands: *commands, ..protocol }).collect();
        let wrongs = rights.iter().map(|right| Protocol { mutant: Some(mutant), ..right.clone() });
        let found = wrongs.map(|wrong| wrong.search(3_000_000)).find(|found| found.broken.is_some());
        let found = found.unwrap_or_else(|| panic!("`{mutant}` was not found"));
        let (sentence, path) = found.broken.unwrap();
        let number = sentence.split(':').next().unwrap();
        assert!(invariants.split(' ').any(|name| name == number), "`{mutant}`: {sentence}\n{path}");
        println!("{mutant:<40} {:>8} states: {sentence}", found.states);
        assert!(rights.iter().all(|right| right.search(300_000).broken.is_none()));
    }
}
