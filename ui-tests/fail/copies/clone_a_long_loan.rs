// rule: R11 what is exclusive cannot be copied
// code: E0277
// twin: pass/copies/clone_the_ticket_of_a_long_loan.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let lent = store.put(1_u64)?.into_loan()?;
    let other = lent.clone();
    println!("{lent:?} {other:?}");
    Ok(())
}
