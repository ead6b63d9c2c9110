// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/a_long_loan_before_it_is_ended.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let lent = store.put(1_u64)?.into_loan()?;
    let (count, _ended) = lent.end()?;
    println!("{:?} {}", lent.ticket()?, count.borrow()?);
    Ok(())
}
