//! No function is taken for another, and no program for another.

use ref_core::Workers;
use std::process::Command;

#[test]
fn two_versions_of_one_library_are_two() {
    let workers = Workers::start(1).unwrap();
    let there = (ref_twin_1::version::call(&workers).unwrap(), ref_twin_2::version::call(&workers).unwrap());
    assert_eq!(there, (ref_twin_1::version(), ref_twin_2::version()));
    assert_eq!(there, (1, 2));
}

#[test]
fn two_functions_of_one_key_start_no_worker() {
    let output = Command::new(env!("CARGO_BIN_EXE_collide")).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.starts_with("DuplicateFunction: 2 remote functions are `collide::main::work` of "), "{told}");
    assert!(told.contains("src/bin/collide.rs:27:16;") && told.contains("a name of its own"), "{told}");
}
