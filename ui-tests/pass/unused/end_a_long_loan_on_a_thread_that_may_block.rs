// rule: R21 a handle is not thrown away unread

use ref_core::{Exclusive, Owned, OwnedLoan, Result};

fn back(lent: OwnedLoan<u64, Exclusive>) -> Result<Owned<u64>> {
    let (count, _ended) = lent.end()?;
    Ok(count)
}

fn main() {
    let _ = back;
}
