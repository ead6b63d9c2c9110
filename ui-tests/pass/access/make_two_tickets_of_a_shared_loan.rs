// rule: R13 a shared lease is read-only

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let lost = loan.ticket()?;
    println!("{lost:?} {:?}", loan.ticket()?);
    Ok(())
}
