// rule: R31 an owner that was sent and a run that was joined are not used again
// code: E0382
// twin: pass/remote_moves/use_an_owner_in_a_list_that_came_back.rs

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
    Ok(parts[0].borrow()?.0[0])
}

fn main() {
    let _ = run;
}
