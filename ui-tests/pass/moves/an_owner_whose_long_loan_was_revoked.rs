// rule: R09 a handle that was given away is not used again

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let lent = store.put(1_u64)?.into_loan_mut()?;
    let (owner, ended) = lent.revoke()?;
    println!("{ended} {}", owner.id());
    Ok(())
}
