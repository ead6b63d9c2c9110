// rule: R06 no borrow outlives the handle that it is made from

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let lease = store.redeem(loan.ticket()?)?;
    let value = lease.borrow()?;
    println!("{value}");
    lease.release()?;
    Ok(())
}
