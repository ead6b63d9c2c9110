// rule: R30 what is lent has the parameter's type and its kind of borrow
// code: E0277
// twin: pass/remote_lend/copy_a_value_to_an_awaited_call.rs

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn mean(heat: &Heat) -> f64 {
    heat.0.iter().sum::<f64>() / heat.0.len() as f64
}

async fn run(workers: &Workers, west: Owned<Heat>) -> Result<f64> {
    mean::call_async(workers, &west).await
}

fn main() {
    let _ = run;
}
