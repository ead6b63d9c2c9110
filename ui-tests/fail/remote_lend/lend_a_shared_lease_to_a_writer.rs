// rule: R30 what is lent has the parameter's type and its kind of borrow
// code: E0277
// twin: pass/remote_lend/lend_an_exclusive_lease_to_a_writer.rs

use ref_core::{Exclusive, Lease, Result, Shared, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn warm(heat: &mut Heat, by: f64) {
    heat.0.iter_mut().for_each(|cell| *cell += by);
}

fn run(workers: &Workers, mut lease: Lease<Heat, Shared>) -> Result<()> {
    warm::call(workers, &mut lease, 0.5)
}

fn main() {
    let _ = (run, size_of::<Lease<Heat, Exclusive>>(), size_of::<Lease<Heat, Shared>>());
}
