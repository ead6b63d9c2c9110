// rule: R18 a borrow may be shortened, never lengthened

use ref_core::RefMut;

fn twin<'a>(number: &'a mut RefMut<'_, u64>) -> RefMut<'a, u64> {
    RefMut::reborrow(number)
}

fn main() {
    let _ = twin;
}
