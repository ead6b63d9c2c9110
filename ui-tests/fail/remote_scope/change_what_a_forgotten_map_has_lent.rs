// rule: R29 a run and what it borrows stay on their side of the scope
// code: E0506
// twin: pass/remote_scope/change_what_a_map_has_lent_after_its_scope.rs

use ref_core::{Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn warm(heat: &mut Heat) {
    heat.0.iter_mut().for_each(|cell| *cell += 1.0);
}

fn main() -> Result<()> {
    remote::init();
    let (workers, mut parts) = (Workers::start(1)?, [Heat(vec![1.0]), Heat(vec![2.0])]);
    workers.scope(|s| {
        std::mem::forget(warm::map(s, &mut parts));
        parts[1] = Heat(vec![0.0]);
        Ok(())
    })?;
    Ok(())
}
