// rule: R13 a shared lease is read-only
// code: E0277
// twin: pass/access/ask_an_exclusive_lease_for_its_token.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let list = store.put(vec![1_u64])?;
    let loan = list.lend()?;
    let lease = store.redeem(loan.ticket()?)?;
    println!("{:?}", lease.token());
    Ok(())
}
