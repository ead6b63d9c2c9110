// rule: R36 a run is not thrown away unread

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
        mean::spawn(s, &west)?.join()?;
        Ok(())
    })
}
