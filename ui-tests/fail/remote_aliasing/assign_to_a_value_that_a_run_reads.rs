// rule: R28 a call borrows its arguments until it returns, a run until its scope ends
// code: E0506
// twin: pass/remote_aliasing/assign_to_a_value_after_its_scope.rs

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
    let mut west = Heat(vec![1.0]);
    let was = workers.scope(|s| {
        let mean = mean::spawn(s, &west)?;
        west = Heat(vec![2.0]);
        mean.join()
    })?;
    println!("{was} {}", west.0[0]);
    Ok(())
}
