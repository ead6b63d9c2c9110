// rule: R18 a borrow may be shortened, never lengthened

use ref_core::{OwnedLoan, Shared};

fn shorten(handle: OwnedLoan<&'static str, Shared>) -> OwnedLoan<&'static str, Shared> {
    handle
}

fn main() {
    let _ = shorten;
}
