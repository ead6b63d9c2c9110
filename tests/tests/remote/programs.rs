//! Functions and programs that could be mistaken for others.

use super::functions::{Grid, leave, process};
use ref_core::{ErrorKind, Workers};
use ref_tests::copy_program;
use std::path::Path;
use std::process::Command;

#[test]
fn a_worker_of_other_code_says_what_it_has() {
    let error = Workers::builder(1).command(env!("CARGO_BIN_EXE_remote"), [""; 0]).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownFunction);
    let text = error.to_string();
    assert!(text.contains("`remote::functions::total` takes (&u64#") && text.contains("caller's (&Grid#"), "{text}");

    let error = Workers::builder(1).command(env!("CARGO_BIN_EXE_program"), ["wait"]).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownFunction);
    let text = error.to_string();
    assert!(text.contains("the worker has no remote function `re"), "{text}");
    assert!(text.contains("; it has `program::answer_half_and_die`, `program::die`"), "{text}");
}

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

/// The program's file is replaced, and then removed, as by `cargo build` or an upgrade. The program and its workers go
/// on.
#[test]
fn a_program_that_was_replaced_or_removed_starts_workers_of_its_own_code() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    copy_program(env!("CARGO_BIN_EXE_program"), &program);
    let output = Command::new(&program).arg("replaced").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "one program\n", "{output:?}");
}

#[test]
fn a_named_program_is_found_from_elsewhere() {
    let output = Command::new(env!("CARGO_BIN_EXE_program")).arg("wanders").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "one program\n", "{output:?}");
}

/// All workers of a pool run the same file. Another file that has taken its place may have other code, and is refused.
#[test]
fn a_named_program_that_was_replaced_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (program, next) = (folder.path().join("program"), folder.path().join("next"));
    let this = std::env::current_exe().unwrap();
    copy_program(&this, &program);
    let arguments = ["--exact", "ref_worker", "--ignored", "--nocapture"];
    let workers = Workers::builder(1).command(&program, arguments).start().unwrap();
    let mut grid = Grid::of(&[1]);
    leave::call(&workers, &mut grid, 1).unwrap_err();
    assert!(process::call(&workers).is_ok(), "the same file again");
    copy_program(&this, &next);
    std::fs::rename(&next, &program).unwrap();
    leave::call(&workers, &mut grid, 1).unwrap_err();
    let error = process::call(&workers).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OtherProgram);
    assert!(error.to_string().contains("another file than that of its pool's other workers"), "{error}");
    // A new pool runs the new file.
    let workers = Workers::builder(1).command(&program, arguments).start().unwrap();
    assert!(process::call(&workers).is_ok());
}

/// If a dynamic linker was named on the command line, the kernel runs the linker, and does not know the program's file.
/// So the program must name the command that starts its workers.
#[test]
fn a_program_that_the_kernel_does_not_know_is_told_what_to_name() {
    let linkers = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];
    let linker = linkers.iter().find(|linker| Path::new(linker).exists()).expect("a dynamic linker");
    let output = Command::new(linker).arg(env!("CARGO_BIN_EXE_program")).arg("replaced").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("WorkerDied") && told.contains("Workers::builder().command"), "{told}");
    let program = Path::new(env!("CARGO_BIN_EXE_program")).canonicalize().unwrap();
    assert!(told.contains(&program.display().to_string()), "{told}");
}
