// rule: R18 a borrow may be shortened, never lengthened
// code: none
// twin: pass/variance/keep_what_a_long_loan_points_to.rs

use ref_core::{OwnedLoan, Shared};

fn shorten<'s>(handle: OwnedLoan<&'static str, Shared>) -> OwnedLoan<&'s str, Shared> {
    handle
}

fn main() {
    let _ = shorten;
}
