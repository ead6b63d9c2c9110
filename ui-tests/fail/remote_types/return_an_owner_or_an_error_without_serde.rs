// rule: R33 what goes to another process can be written and read there
// code: E0277
// twin: pass/remote_types/return_an_owner_or_an_error_with_serde.rs

use ref_core::{Error, Owned, remote};

#[remote]
fn grow(mut list: Owned<Vec<u64>>) -> Result<Owned<Vec<u64>>, Error> {
    list.borrow_mut()?.push(1);
    Ok(list)
}

fn main() {
    let _ = grow::call;
}
