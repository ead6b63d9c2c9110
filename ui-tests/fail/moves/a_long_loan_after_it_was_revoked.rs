// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/an_owner_whose_long_loan_was_revoked.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let lent = store.put(1_u64)?.into_loan_mut()?;
    let (_owner, ended) = lent.revoke()?;
    println!("{ended} {}", lent.id());
    Ok(())
}
