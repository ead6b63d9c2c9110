// rule: R31 an owner that was sent and a run that was joined are not used again

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn keep(heat: Owned<Heat>) -> Owned<Heat> {
    heat
}

fn run(workers: &Workers, west: Owned<Heat>) -> Result<f64> {
    let back = keep::call(workers, west)?;
    println!("{back:?}");
    Ok(back.borrow()?.0[0])
}

fn main() {
    let _ = run;
}
