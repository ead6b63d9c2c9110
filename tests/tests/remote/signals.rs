//! Signals that are meant for others, processes that fork, and processes that are stopped.

use super::workers::is_alive;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::thread::yield_now;

/// A process in a group of its own, and the numbers that it says first.
fn started(what: &str) -> (Child, Vec<u32>) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_program"));
    let mut program = program.arg(what).process_group(0).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (program, line.split_whitespace().map(|pid| pid.parse().unwrap()).collect())
}

fn raw(pid: u32) -> Pid {
    Pid::from_raw(pid as i32).unwrap()
}

#[test]
fn the_calls_of_a_program_that_handles_ctrl_c_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_program"));
    let output = program.arg("interrupted").arg(folder.path()).process_group(0).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "held: true\n", "{output:?}");
}

#[test]
fn a_program_that_does_not_handle_ctrl_c_ends_with_all_that_its_workers_have_started() {
    let (mut program, pids) = started("ordinary");
    assert_eq!(pids.len(), 2);
    kill_process_group(raw(program.id()), Signal::INT).unwrap();
    program.wait().unwrap();
    while pids.iter().any(|pid| is_alive(*pid)) {
        yield_now();
    }
}
