// rule: R28 a call borrows its arguments until it returns, a run until its scope ends
// code: E0499
// twin: pass/remote_aliasing/call_with_one_owner_in_every_round.rs

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
    workers.scope(|s| {
        for _ in 0..3 {
            warm::spawn(s, &mut west, 0.5)?.join()?;
        }
        Ok(())
    })
}
