// rule: R33 what goes to another process can be written and read there
// code: E0277
// twin: pass/remote_types/take_an_owner_by_itself.rs

use ref_core::{Owned, Result, Workers, remote};

#[remote]
fn count(lists: (Owned<Vec<u64>>, Owned<Vec<u64>>)) -> usize {
    size_of_val(&lists)
}

fn run(workers: &Workers, first: Owned<Vec<u64>>, second: Owned<Vec<u64>>) -> Result<usize> {
    count::call(workers, (first, second))
}

fn main() {
    let _ = run;
}
