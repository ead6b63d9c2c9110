// rule: R30 what is lent has the parameter's type and its kind of borrow

use ref_core::{Exclusive, Lease, Result, Shared, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn warm(heat: &mut Heat, by: f64) {
    heat.0.iter_mut().for_each(|cell| *cell += by);
}

fn run(workers: &Workers, mut lease: Lease<Heat, Exclusive>) -> Result<()> {
    warm::call(workers, &mut lease, 0.5)
}

fn main() {
    let _ = (run, size_of::<Lease<Heat, Exclusive>>(), size_of::<Lease<Heat, Shared>>());
}
