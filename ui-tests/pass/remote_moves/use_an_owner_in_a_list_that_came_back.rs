// rule: R31 an owner that was sent and a run that was joined are not used again

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn keep(parts: Vec<Owned<Heat>>) -> Vec<Owned<Heat>> {
    parts
}

fn run(workers: &Workers, parts: Vec<Owned<Heat>>) -> Result<f64> {
    let back = keep::call(workers, parts)?;
    println!("{back:?}");
    Ok(back[0].borrow()?.0[0])
}

fn main() {
    let _ = run;
}
