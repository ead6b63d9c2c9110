// rule: R11 what is exclusive cannot be copied

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let lease = store.redeem(loan.ticket()?)?;
    let other = store.redeem(loan.ticket()?)?;
    println!("{lease:?} {other:?}");
    Ok(())
}
