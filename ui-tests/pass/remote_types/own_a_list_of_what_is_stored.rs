// rule: R33 what goes to another process can be written and read there

use ref_core::{Owned, remote};

#[ref_core::global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn count(parts: Vec<Owned<Heat>>) -> usize {
    parts.len()
}

fn main() {
    let _ = (count::call, Heat(vec![1.0]).0);
}
