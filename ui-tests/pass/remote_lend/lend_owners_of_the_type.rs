// rule: R30 what is lent has the parameter's type and its kind of borrow

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[global_store]
pub struct Grid(Vec<u64>);

#[remote]
fn count(parts: &[Heat]) -> usize {
    parts.len()
}

fn run(workers: &Workers, parts: &Vec<Owned<Heat>>) -> Result<usize> {
    count::call(workers, parts)
}

fn main() {
    let _ = (run, Grid);
}
