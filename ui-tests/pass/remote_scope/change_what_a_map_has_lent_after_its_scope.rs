// rule: R29 a run and what it borrows stay on their side of the scope

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
        Ok(())
    })?;
    parts[1] = Heat(vec![0.0]);
    Ok(())
}
