// rule: R46 a call is made again only of an idempotent function, which takes no owner

use ref_core::{Owned, Result, Workers, remote};

#[remote(idempotent)]
fn count(list: &Vec<u64>) -> Result<usize> {
    Ok(list.len())
}

fn run(workers: &Workers, list: Owned<Vec<u64>>) -> Result<usize> {
    count::call(workers, &list)?
}

fn main() {
    let _ = run;
}
