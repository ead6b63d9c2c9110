// rule: R33 what goes to another process can be written and read there

use ref_core::{Owned, remote};

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Full;

#[remote]
fn grow(list: Owned<Vec<u64>>) -> Result<Owned<Vec<u64>>, Full> {
    if list.lent_as().is_none() { Ok(list) } else { Err(Full) }
}

fn main() {
    let _ = grow::call;
}
