// rule: R13 a shared lease is read-only

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let loan = list.lend_mut()?;
    let lease = store.redeem(loan.ticket()?)?;
    println!("{:?}", lease.token());
    Ok(())
}
