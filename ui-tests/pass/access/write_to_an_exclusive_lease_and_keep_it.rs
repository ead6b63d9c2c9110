// rule: R15 there are three kinds of access

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    let lease = store.redeem(loan.ticket()?)?;
    println!("{}", lease.commit_or_return().is_ok());
    Ok(())
}
