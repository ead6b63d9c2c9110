// rule: R15 there are three kinds of access

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let ticket = store.put(vec![1_u64])?.into_ticket()?;
    match store.claim_or_return(ticket) {
        Ok(there) => println!("{}", there.borrow()?.len()),
        Err(refused) => println!("{} {:?}", refused.error, refused.handle),
    }
    Ok(())
}
