// rule: R30 what is lent has the parameter's type and its kind of borrow
// code: E0277
// twin: pass/remote_lend/lend_an_exclusive_reference_to_a_writer.rs

use ref_core::{Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn warm(heat: &mut Heat, by: f64) {
    heat.0.iter_mut().for_each(|cell| *cell += by);
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let mut west = Heat(vec![0.0]);
    warm::call(&workers, &west, 0.5)?;
    west.0.push(0.0);
    Ok(())
}
