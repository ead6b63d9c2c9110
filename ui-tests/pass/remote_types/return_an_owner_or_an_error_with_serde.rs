// rule: R33 what goes to another process can be written and read there

use ref_core::{Owned, remote};

#[remote]
fn grow(mut list: Owned<Vec<u64>>) -> Result<Owned<Vec<u64>>, String> {
    list.borrow_mut().map_err(|error| error.to_string())?.push(1);
    Ok(list)
}

fn main() {
    let _ = grow::call;
}
