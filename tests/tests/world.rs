//! Runs a hostile world for ten seconds. `cargo xtask torture --world --secs N` runs it for longer, and as root also
//! with an ext4.
//!
//! The small disks are mounted in a user namespace. Where the system does not permit that, this test fails and says so.

use ref_tests::torture::world::{Part, WorldPlan, run};
use std::path::Path;
use std::time::Duration;

#[test]
fn in_a_hostile_world_nothing_foreign_is_touched_nothing_is_lost_and_nothing_is_left() {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().and_then(Path::parent).unwrap().join("world");
    let (time, seed, parts) = (Duration::from_secs(10), std::process::id().into(), Part::ALL.to_vec());
    let plan = WorldPlan { program, processes: 8, time, seed, parts, ext4: false };
    let report = run(&plan).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    println!("{report}");
    assert!(report.violations.is_empty(), "seed {seed}: {report}");
}
