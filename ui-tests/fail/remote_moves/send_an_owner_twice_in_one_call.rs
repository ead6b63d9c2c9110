// rule: R31 an owner that was sent and a run that was joined are not used again
// code: E0382
// twin: pass/remote_moves/send_two_owners_in_one_call.rs

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn join((west, east): (Owned<Heat>, Owned<Heat>)) -> Option<Owned<Heat>> {
    let is_less = west.borrow().ok()?.0 < east.borrow().ok()?.0;
    Some(if is_less { west } else { east })
}

fn run(workers: &Workers, west: Owned<Heat>, east: Owned<Heat>) -> Result<bool> {
    println!("{east:?}");
    Ok(join::call(workers, (west, west))?.is_some())
}

fn main() {
    let _ = run;
}
