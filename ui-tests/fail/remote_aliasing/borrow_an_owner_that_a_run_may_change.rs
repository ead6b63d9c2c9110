// rule: R28 a call borrows its arguments until it returns, a run until its scope ends
// code: E0502
// twin: pass/remote_aliasing/borrow_an_owner_after_its_scope.rs

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn warm(heat: &mut Heat, by: f64) {
    heat.0.iter_mut().for_each(|cell| *cell += by);
}

fn run(workers: &Workers, west: &mut Owned<Heat>) -> Result<f64> {
    workers.scope(|s| {
        warm::spawn(s, &mut *west, 0.5)?.join()?;
        Ok(west.borrow()?.0[0])
    })
}

fn main() {
    let _ = run;
}
