// rule: R30 what is lent has the parameter's type and its kind of borrow

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn mean(heat: &Heat) -> f64 {
    heat.0.iter().sum::<f64>() / heat.0.len() as f64
}

async fn run(workers: &Workers, west: Owned<Heat>) -> Result<f64> {
    mean::call_async(workers, &*west.borrow()?).await
}

fn main() {
    let _ = run;
}
