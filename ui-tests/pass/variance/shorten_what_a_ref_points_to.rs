// rule: R18 a borrow may be shortened, never lengthened

use ref_core::Ref;

fn shorten<'a, 's>(text: Ref<'a, &'static str>) -> Ref<'a, &'s str> {
    text
}

fn main() {
    let _ = shorten;
}
