// rule: R04 a loan keeps its owner borrowed until the loan is dropped, not until its last use

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend()?;
    drop(loan);
    count.revoke_loan()?;
    Ok(())
}
