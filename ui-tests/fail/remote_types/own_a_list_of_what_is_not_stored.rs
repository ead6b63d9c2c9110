// rule: R33 what goes to another process can be written and read there
// code: E0277
// twin: pass/remote_types/own_a_list_of_what_is_stored.rs

use ref_core::{Owned, remote};

pub struct Heat(Vec<f64>);

#[remote]
fn count(parts: Vec<Owned<Heat>>) -> usize {
    parts.len()
}

fn main() {
    let _ = (count::call, Heat(vec![1.0]).0);
}
