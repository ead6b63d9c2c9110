// rule: R28 a call borrows its arguments until it returns, a run until its scope ends

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn warm(heat: &mut Heat, by: f64) {
    heat.0.iter_mut().for_each(|cell| *cell += by);
}

fn both(workers: &Workers, west: &mut Owned<Heat>, east: &mut Owned<Heat>) -> Result<()> {
    workers.scope(|s| {
        warm::spawn(s, &mut *west, 0.5)?.join()?;
        warm::spawn(s, &mut *east, 0.5)?.join()
    })?;
    println!("{} {}", west.borrow()?.0[0], east.borrow()?.0[0]);
    Ok(())
}

fn main() {
    let _ = both;
}
