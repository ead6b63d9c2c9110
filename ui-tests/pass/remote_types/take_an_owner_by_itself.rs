// rule: R33 what goes to another process can be written and read there

use ref_core::{Owned, Result, Workers, remote};

#[remote]
fn count(list: Owned<Vec<u64>>, _by: u64) -> usize {
    size_of_val(&list)
}

fn run(workers: &Workers, list: Owned<Vec<u64>>) -> Result<usize> {
    count::call(workers, list, 1)
}

fn main() {
    let _ = run;
}
