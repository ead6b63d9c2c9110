// rule: R18 a borrow may be shortened, never lengthened
// code: none
// twin: pass/variance/keep_what_a_loan_points_to.rs

use ref_core::{Loan, Shared};

fn shorten<'s>(handle: Loan<'s, &'static str, Shared>) -> Loan<'s, &'s str, Shared> {
    handle
}

fn main() {
    let _ = shorten;
}
