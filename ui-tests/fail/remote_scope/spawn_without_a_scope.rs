// rule: R29 a run and what it borrows stay on their side of the scope
// code: E0277
// twin: pass/remote_scope/call_without_a_scope.rs

use ref_core::{Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn mean(heat: &Heat) -> f64 {
    heat.0.iter().sum::<f64>() / heat.0.len() as f64
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let west = Heat(vec![1.0]);
    let mean = mean::spawn(&workers, &west)?;
    println!("{mean:?}");
    Ok(())
}
