// rule: R18 a borrow may be shortened, never lengthened

use ref_core::Owned;

fn shorten(handle: Owned<&'static str>) -> Owned<&'static str> {
    handle
}

fn main() {
    let _ = shorten;
}
