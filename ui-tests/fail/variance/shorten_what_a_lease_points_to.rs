// rule: R18 a borrow may be shortened, never lengthened
// code: none
// twin: pass/variance/keep_what_a_lease_points_to.rs

use ref_core::{Lease, Shared};

fn shorten<'s>(handle: Lease<&'static str, Shared>) -> Lease<&'s str, Shared> {
    handle
}

fn main() {
    let _ = shorten;
}
