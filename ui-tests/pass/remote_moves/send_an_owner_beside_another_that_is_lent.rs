// rule: R31 an owner that was sent and a run that was joined are not used again

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
    merge::call(workers, &west, east)
}

fn main() {
    let _ = run;
}
