// rule: R06 no borrow outlives the handle that it is made from
// code: E0597
// twin: pass/lifetimes/a_ref_lives_as_long_as_its_lease.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let number;
    {
        let lease = store.redeem(loan.ticket()?)?;
        number = lease.borrow()?;
    }
    println!("{number}");
    Ok(())
}
