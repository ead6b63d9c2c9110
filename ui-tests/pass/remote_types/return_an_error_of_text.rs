// rule: R33 what goes to another process can be written and read there

use ref_core::{Error, Owned, remote};

#[remote]
fn first(list: Owned<Vec<u64>>) -> Result<Option<u64>, String> {
    Ok(list.borrow().map_err(|error: Error| error.to_string())?.first().copied())
}

fn main() {
    let _ = first;
}
