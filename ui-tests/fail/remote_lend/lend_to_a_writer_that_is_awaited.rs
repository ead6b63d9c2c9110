// rule: R30 what is lent has the parameter's type and its kind of borrow
// code: E0277
// twin: pass/remote_lend/lend_to_a_writer_in_a_scope.rs

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn warm(heat: &mut Heat, by: f64) {
    heat.0.iter_mut().for_each(|cell| *cell += by);
}

async fn run(workers: &Workers, mut west: Owned<Heat>) -> Result<()> {
    warm::call_async(workers, &mut west, 0.5).await
}

fn main() {
    let _ = run;
}
