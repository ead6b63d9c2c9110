// rule: R46 a call is made again only of an idempotent function, which takes no owner
// code: E0277
// twin: pass/remote_again/lend_an_owner_to_an_idempotent_function.rs

use ref_core::{Owned, Result, Workers, remote};

#[remote(idempotent)]
fn count(list: Owned<Vec<u64>>) -> Result<usize> {
    Ok(list.borrow()?.len())
}

fn run(workers: &Workers, list: Owned<Vec<u64>>) -> Result<usize> {
    count::call(workers, list)?
}

fn main() {
    let _ = run;
}
