//! Runs a hostile world for ten seconds. `cargo xtask torture --world --secs N` runs it for longer, and as root also
//! with an ext4.
//!
//! The small disks are mounted in a user namespace. Where the system does not permit that, this test fails and says so.

use ref_tests::torture::world::{Part, WorldPlan, run};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Returns the world program's file.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(Path::parent).unwrap().join("world")
}

/// The part `Program` writes another number behind the mark's text. If that text were in the program twice, the part
/// could write over something else, and no build would differ from another.
#[test]
fn the_mark_is_in_the_program_once() {
    let (bytes, text) = (std::fs::read(program()).unwrap(), b"ref-world-build-");
    assert_eq!(bytes.windows(text.len()).filter(|window| window == text).count(), 1);
}

#[test]
fn in_a_hostile_world_nothing_foreign_is_touched_nothing_is_lost_and_nothing_is_left() {
    let (time, seed, parts) = (Duration::from_secs(10), std::process::id().into(), Part::ALL.to_vec());
    let plan = WorldPlan { program: program(), processes: 8, time, seed, parts, ext4: false };
    let report = run(&plan).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    println!("{report}");
    assert!(report.violations.is_empty(), "seed {seed}: {report}");
}
