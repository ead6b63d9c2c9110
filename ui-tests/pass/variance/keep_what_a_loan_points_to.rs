// rule: R18 a borrow may be shortened, never lengthened

use ref_core::{Loan, Shared};

fn shorten<'s>(handle: Loan<'s, &'static str, Shared>) -> Loan<'s, &'static str, Shared> {
    handle
}

fn main() {
    let _ = shorten;
}
