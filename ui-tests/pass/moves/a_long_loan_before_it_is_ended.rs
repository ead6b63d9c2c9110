// rule: R09 a handle that was given away is not used again

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let lent = store.put(1_u64)?.into_loan()?;
    println!("{:?}", lent.ticket()?);
    let (count, _ended) = lent.end()?;
    println!("{}", count.borrow()?);
    Ok(())
}
