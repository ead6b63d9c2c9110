// rule: R18 a borrow may be shortened, never lengthened
// code: none
// twin: pass/variance/shorten_a_loan.rs

use ref_core::{Loan, Shared};

fn keep<'a>(loan: Loan<'a, u64, Shared>) -> Loan<'static, u64, Shared> {
    loan
}

fn main() {
    let _ = keep;
}
