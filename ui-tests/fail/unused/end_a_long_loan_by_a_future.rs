// rule: R21 a handle is not thrown away unread
// code: E0277
// twin: pass/unused/end_a_long_loan_on_a_thread_that_may_block.rs

use ref_core::{Exclusive, Owned, OwnedLoan, Result};

async fn back(lent: OwnedLoan<u64, Exclusive>) -> Result<Owned<u64>> {
    let (count, _ended) = lent.end_async().await?;
    Ok(count)
}

fn main() {
    let _ = back;
}
