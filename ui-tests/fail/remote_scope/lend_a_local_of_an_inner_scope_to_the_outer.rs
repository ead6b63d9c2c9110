// rule: R29 a run and what it borrows stay on their side of the scope
// code: E0597
// twin: pass/remote_scope/lend_a_local_to_the_inner_scope.rs

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
    workers.scope(|outer| {
        let mut west = Heat(vec![0.0]);
        workers.scope(|_| {
            let run = warm::spawn(outer, &mut west, 0.5)?;
            run.join()
        })
    })
}
