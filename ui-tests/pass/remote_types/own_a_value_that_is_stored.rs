// rule: R33 what goes to another process can be written and read there

use ref_core::{Owned, remote};

#[ref_core::global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn keep(heat: Owned<Heat>) -> Owned<Vec<f64>> {
    unimplemented!("{}", size_of_val(&heat))
}

fn main() {
    let _ = (keep::call, Heat(vec![1.0]).0);
}
