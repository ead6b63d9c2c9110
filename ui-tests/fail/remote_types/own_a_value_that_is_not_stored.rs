// rule: R33 what goes to another process can be written and read there
// code: E0277
// twin: pass/remote_types/own_a_value_that_is_stored.rs

use ref_core::{Owned, remote};

pub struct Heat(Vec<f64>);

#[remote]
fn keep(heat: Owned<Heat>) -> Owned<Vec<f64>> {
    unimplemented!("{}", size_of_val(&heat))
}

fn main() {
    let _ = (keep::call, Heat(vec![1.0]).0);
}
