// rule: R30 what is lent has the parameter's type and its kind of borrow

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn keep(parts: Vec<Owned<Heat>>) -> Vec<Owned<Heat>> {
    parts
}

fn run(workers: &Workers, parts: Vec<Owned<Heat>>) -> Result<usize> {
    let back = keep::call(workers, parts)?;
    Ok(back.len())
}

fn main() {
    let _ = run;
}
