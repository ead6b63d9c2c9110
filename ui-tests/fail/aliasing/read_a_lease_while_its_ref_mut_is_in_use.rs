// rule: R02 an exclusive borrow excludes every other
// code: E0502
// twin: pass/aliasing/read_a_lease_after_the_last_use_of_its_ref_mut.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    let mut lease = store.redeem(loan.ticket()?)?;
    let mut writer = lease.borrow_mut()?;
    println!("{}", lease.borrow()?);
    *writer += 1;
    Ok(())
}
