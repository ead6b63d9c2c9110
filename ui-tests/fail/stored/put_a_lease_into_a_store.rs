// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_the_value_of_a_lease.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let lease = store.redeem(loan.ticket()?)?;
    let copy = store.put(lease)?;
    println!("{copy:?}");
    Ok(())
}
