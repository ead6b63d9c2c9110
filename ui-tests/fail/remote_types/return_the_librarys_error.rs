// rule: R33 what goes to another process can be written and read there
// code: E0277
// twin: pass/remote_types/return_an_error_of_text.rs

use ref_core::{Owned, Result, remote};

#[remote]
fn first(list: Owned<Vec<u64>>) -> Result<Option<u64>> {
    Ok(list.borrow()?.first().copied())
}

fn main() {
    let _ = first;
}
