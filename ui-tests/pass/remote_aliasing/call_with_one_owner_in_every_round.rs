// rule: R28 a call borrows its arguments until it returns, a run until its scope ends

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
    workers.scope(|_| {
        for _ in 0..3 {
            warm::call(&workers, &mut west, 0.5)?;
        }
        Ok(())
    })
}
