//! Workers of a program whose `main` is inside of an async runtime, here tokio: their functions can make runtimes of
//! their own.

use ref_core::{Workers, remote};

/// Makes a runtime, runs a future in it, and returns the future's result.
#[remote]
fn with_a_runtime(number: u32) -> u32 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async { number + 1 })
}

/// Returns whether the function runs inside of a runtime that it has not made.
#[remote]
fn is_inside() -> bool {
    tokio::runtime::Handle::try_current().is_ok()
}

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() {
    remote::init();
    functions_have_runtimes_of_their_own_in_workers();
    functions_are_inside_of_no_runtime_of_their_main_s();
}

fn functions_have_runtimes_of_their_own_in_workers() {
    let workers = Workers::start(1).expect("a worker");
    assert_eq!(with_a_runtime::call(&workers, 1).expect("an answer"), 2);
}

fn functions_are_inside_of_no_runtime_of_their_main_s() {
    let workers = Workers::start(1).expect("a worker");
    assert!(is_inside(), "here it is");
    assert!(!is_inside::call(&workers).expect("an answer"));
}
