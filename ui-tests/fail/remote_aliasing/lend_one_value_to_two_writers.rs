// rule: R28 a call borrows its arguments until it returns, a run until its scope ends
// code: E0499
// twin: pass/remote_aliasing/lend_two_values_to_two_writers.rs

use ref_core::{Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn warm(heat: &mut Heat, by: f64) {
    heat.0.iter_mut().for_each(|cell| *cell += by);
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(2)?;
    let (mut west, mut east) = (Heat(vec![0.0]), Heat(vec![0.0]));
    warm::call(&workers, &mut east, 0.1)?;
    workers.scope(|s| {
        let a = warm::spawn(s, &mut west, 0.5)?;
        let b = warm::spawn(s, &mut west, 0.5)?;
        a.join()?;
        b.join()
    })
}
