// rule: R29 a run and what it borrows stay on their side of the scope
// code: E0521
// twin: pass/remote_scope/keep_what_a_run_returned.rs

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
    let mut kept = None;
    workers.scope(|s| {
        let mean = mean::spawn(s, &west)?.join()?;
        kept = Some(s);
        println!("{mean}");
        Ok(())
    })?;
    println!("{kept:?}");
    Ok(())
}
