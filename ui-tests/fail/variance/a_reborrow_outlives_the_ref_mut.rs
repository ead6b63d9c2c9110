// rule: R18 a borrow may be shortened, never lengthened
// code: E0621
// twin: pass/variance/a_reborrow_is_as_short_as_its_reference.rs

use ref_core::RefMut;

fn twin<'a>(number: &mut RefMut<'a, u64>) -> RefMut<'a, u64> {
    RefMut::reborrow(number)
}

fn main() {
    let _ = twin;
}
