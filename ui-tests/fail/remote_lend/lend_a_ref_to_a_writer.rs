// rule: R30 what is lent has the parameter's type and its kind of borrow
// code: E0277
// twin: pass/remote_lend/lend_a_ref_mut_to_a_writer.rs

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn warm(heat: &mut Heat, by: f64) {
    heat.0.iter_mut().for_each(|cell| *cell += by);
}

fn run(workers: &Workers, west: &mut Owned<Heat>) -> Result<()> {
    let west = west.borrow()?;
    warm::call(workers, west, 0.5)
}

fn main() {
    let _ = run;
}
