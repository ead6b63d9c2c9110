// rule: R15 there are three kinds of access
// code: E0277
// twin: pass/access/claim_an_ownership_ticket_and_keep_it.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let ticket = store.put(vec![1_u64])?.into_ticket()?;
    match store.redeem_or_return(ticket) {
        Ok(there) => println!("{}", there.borrow()?.len()),
        Err(refused) => println!("{} {:?}", refused.error, refused.handle),
    }
    Ok(())
}
