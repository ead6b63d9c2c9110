// rule: R28 a call borrows its arguments until it returns, a run until its scope ends

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn warm(heat: &mut Heat, by: f64) {
    heat.0.iter_mut().for_each(|cell| *cell += by);
}

fn run(workers: &Workers, west: &mut Owned<Heat>) -> Result<f64> {
    workers.scope(|s| {
        warm::spawn(s, &mut *west, 0.5)?.join()
    })?;
    Ok(west.borrow()?.0[0])
}

fn main() {
    let _ = run;
}
