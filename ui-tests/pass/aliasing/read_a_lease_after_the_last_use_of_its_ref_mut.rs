// rule: R02 an exclusive borrow excludes every other

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    let mut lease = store.redeem(loan.ticket()?)?;
    let mut writer = lease.borrow_mut()?;
    *writer += 1;
    println!("{}", lease.borrow()?);
    Ok(())
}
