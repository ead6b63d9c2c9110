// rule: R33 what goes to another process can be written and read there
// code: E0277
// twin: pass/remote_types/take_an_owner_by_itself.rs

use ref_core::{Owned, Result, Workers, remote};

#[remote]
fn count(list: (Owned<Vec<u64>>, u64)) -> usize {
    size_of_val(&list)
}

fn run(workers: &Workers, list: Owned<Vec<u64>>) -> Result<usize> {
    count::call(workers, (list, 1))
}

fn main() {
    let _ = run;
}
