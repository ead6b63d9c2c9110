// rule: R33 what goes to another process can be written and read there
// code: E0277
// twin: pass/remote_types/return_an_owner_or_an_error_with_serde.rs

use ref_core::{Owned, remote};

pub struct Full;

#[remote]
fn grow(list: Owned<Vec<u64>>) -> Result<Owned<Vec<u64>>, Full> {
    if list.lent_as().is_none() { Ok(list) } else { Err(Full) }
}

fn main() {
    let _ = grow::call;
}
