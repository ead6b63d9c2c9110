// rule: R18 a borrow may be shortened, never lengthened
// code: none
// twin: pass/variance/keep_what_an_owner_points_to.rs

use ref_core::Owned;

fn shorten<'s>(handle: Owned<&'static str>) -> Owned<&'s str> {
    handle
}

fn main() {
    let _ = shorten;
}
