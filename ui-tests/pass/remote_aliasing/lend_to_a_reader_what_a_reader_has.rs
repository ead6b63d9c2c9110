// rule: R28 a call borrows its arguments until it returns, a run until its scope ends

use ref_core::{Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn sum(heat: &Heat, other: &Heat) -> f64 {
    heat.0[0] + other.0[0]
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let mut west = Heat(vec![0.0]);
    let both = sum::call(&workers, &west, &west)?;
    west.0[0] = both;
    Ok(())
}
