//! Tests of remote functions in real worker processes. Each worker is this test program, started again, unless a test
//! names another program.

mod addresses;
mod again;
mod awaited;
mod calls;
mod carried;
mod earlier_builds;
mod failures;
mod forks;
mod functions;
mod keeping;
mod kills;
mod lists;
mod many;
mod ownership;
mod points;
#[cfg(feature = "redis")]
mod pooled;
#[cfg(feature = "redis")]
mod pooled_ends;
#[cfg(feature = "redis")]
mod pooled_hosts;
#[cfg(feature = "redis")]
mod pooled_servers;
mod programs;
mod progress;
mod recycling;
mod results;
mod scopes;
#[cfg(feature = "redis")]
mod servers;
mod signals;
mod together;
mod touchy;
mod unwinding;
mod unwritten;
mod workers;

ref_core::remote::test_entry!();

use ref_core::{Store, Workers};
use ref_tests::Scene;

/// Makes a store for one test, and starts workers.
fn lab(count: usize) -> (Scene, Store, Workers) {
    let scene = Scene::new();
    let store = scene.store();
    (scene, store, Workers::builder(count).env("RUST_BACKTRACE", "0").start().unwrap())
}

/// Asserts that no object is left in the store, and none in transit.
fn assert_empty(store: &Store) {
    let stats = store.stats().unwrap();
    assert_eq!((stats.objects, stats.in_transit), (0, 0), "{stats:?}");
}
