// rule: R20 handles and tickets come from a store only
// code: E0423
// twin: pass/forgery/take_the_token_of_a_lease.rs

use ref_core::{FencingToken, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    let lease = store.redeem(loan.ticket()?)?;
    let token = FencingToken(7);
    println!("{token:?} {lease:?}");
    Ok(())
}
