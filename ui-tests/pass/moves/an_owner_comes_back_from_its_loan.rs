// rule: R09 a handle that was given away is not used again

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let lent = count.into_loan_mut()?;
    let (count, _ended) = lent.end()?;
    println!("{}", count.borrow()?);
    Ok(())
}
