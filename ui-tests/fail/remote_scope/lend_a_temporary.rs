// rule: R29 a run and what it borrows stay on their side of the scope
// code: E0716
// twin: pass/remote_scope/lend_a_variable.rs

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
    let mean = workers.scope(|s| {
        let run = mean::spawn(s, &Heat(vec![1.0]))?;
        run.join()
    })?;
    println!("{mean}");
    Ok(())
}
