// rule: R06 no borrow outlives the handle that it is made from
// code: E0505
// twin: pass/lifetimes/a_lease_is_released_after_the_last_use_of_a_ref.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let lease = store.redeem(loan.ticket()?)?;
    let value = lease.borrow()?;
    lease.release()?;
    println!("{value}");
    Ok(())
}
