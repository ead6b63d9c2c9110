// rule: R28 a call borrows its arguments until it returns, a run until its scope ends

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn mean(heat: &Heat) -> f64 {
    heat.0.iter().sum::<f64>() / heat.0.len() as f64
}

fn run(workers: &Workers, west: &mut Owned<Heat>) -> Result<f64> {
    workers.scope(|s| {
        let mean = mean::spawn(s, &*west)?;
        let first = west.borrow()?.0[0];
        Ok(mean.join()? + first)
    })
}

fn main() {
    let _ = run;
}
