// rule: R18 a borrow may be shortened, never lengthened
// code: none
// twin: pass/variance/shorten_what_a_ref_points_to.rs

use ref_core::RefMut;

fn shorten<'a, 's>(text: RefMut<'a, &'static str>) -> RefMut<'a, &'s str> {
    text
}

fn main() {
    let _ = shorten;
}
