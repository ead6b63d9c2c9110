// rule: R15 there are three kinds of access
// code: E0277
// twin: pass/access/redeem_a_shared_ticket_and_keep_it.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let list = store.put(vec![1_u64])?;
    let loan = list.lend()?;
    match store.claim_or_return(loan.ticket()?) {
        Ok(there) => println!("{}", there.borrow()?.len()),
        Err(refused) => println!("{} {:?}", refused.error, refused.handle),
    }
    Ok(())
}
