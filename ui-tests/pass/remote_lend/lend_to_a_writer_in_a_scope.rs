// rule: R30 what is lent has the parameter's type and its kind of borrow

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn warm(heat: &mut Heat, by: f64) {
    heat.0.iter_mut().for_each(|cell| *cell += by);
}

fn run(workers: &Workers, mut west: Owned<Heat>) -> Result<()> {
    workers.scope(|s| warm::spawn(s, &mut west, 0.5)?.join())
}

fn main() {
    let _ = run;
}
