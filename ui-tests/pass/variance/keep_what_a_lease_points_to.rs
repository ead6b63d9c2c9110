// rule: R18 a borrow may be shortened, never lengthened

use ref_core::{Lease, Shared};

fn shorten(handle: Lease<&'static str, Shared>) -> Lease<&'static str, Shared> {
    handle
}

fn main() {
    let _ = shorten;
}
