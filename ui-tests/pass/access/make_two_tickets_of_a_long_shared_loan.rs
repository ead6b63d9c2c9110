// rule: R15 there are three kinds of access

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let lent = store.put(1_u64)?.into_loan()?;
    let lost = lent.ticket()?;
    println!("{lost:?} {:?}", lent.ticket()?);
    Ok(())
}
