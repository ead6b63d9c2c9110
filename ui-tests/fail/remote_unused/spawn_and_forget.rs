// rule: R36 a run is not thrown away unread
// code: unused_must_use
// twin: pass/remote_unused/spawn_and_join.rs

#![deny(unused_must_use)]

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
    workers.scope(|s| {
        mean::spawn(s, &west)?;
        Ok(())
    })
}
