// rule: R31 an owner that was sent and a run that was joined are not used again
// code: E0505
// twin: pass/remote_moves/send_an_owner_beside_another_that_is_lent.rs

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn merge(from: &Heat, into: Owned<Heat>) -> Owned<Heat> {
    println!("{}", from.0.len());
    into
}

fn run(workers: &Workers, west: Owned<Heat>, east: Owned<Heat>) -> Result<Owned<Heat>> {
    println!("{east:?}");
    merge::call(workers, &west, west)
}

fn main() {
    let _ = run;
}
