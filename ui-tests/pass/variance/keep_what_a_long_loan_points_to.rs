// rule: R18 a borrow may be shortened, never lengthened

use ref_core::{Lent, Shared};

fn shorten(handle: Lent<&'static str, Shared>) -> Lent<&'static str, Shared> {
    handle
}

fn main() {
    let _ = shorten;
}
