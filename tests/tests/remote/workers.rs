//! The pool itself.

use super::functions::process;
use super::lab;
use ref_core::Workers;
use std::path::Path;

#[test]
fn workers_are_gone_when_their_pool_is() {
    let (_scene, _store, workers) = lab(2);
    let pids = workers.idle();
    assert_eq!((pids.len(), workers.count()), (2, 2));
    drop(workers);
    assert!(pids.iter().all(|pid| !Path::new(&format!("/proc/{pid}")).exists()));
}

#[test]
fn two_pools_are_two() {
    let (one, two) = (Workers::start(1).unwrap(), Workers::start(1).unwrap());
    assert_ne!(process::call(&one).unwrap(), process::call(&two).unwrap());
}
