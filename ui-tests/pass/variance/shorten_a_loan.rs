// rule: R18 a borrow may be shortened, never lengthened

use ref_core::{Loan, Shared};

fn keep<'a>(loan: Loan<'static, u64, Shared>) -> Loan<'a, u64, Shared> {
    loan
}

fn main() {
    let _ = keep;
}
