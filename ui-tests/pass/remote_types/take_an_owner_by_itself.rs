// rule: R33 what goes to another process can be written and read there

use ref_core::{Owned, Result, Workers, remote};

#[remote]
fn count(first: Owned<Vec<u64>>, second: Owned<Vec<u64>>) -> usize {
    size_of_val(&first) + size_of_val(&second)
}

fn run(workers: &Workers, first: Owned<Vec<u64>>, second: Owned<Vec<u64>>) -> Result<usize> {
    count::call(workers, first, second)
}

fn main() {
    let _ = run;
}
