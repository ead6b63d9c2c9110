// rule: R07 no loan outlives its owner

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    println!("{:?}", loan.end()?);
    println!("{:?}", count.into_ticket()?);
    Ok(())
}
