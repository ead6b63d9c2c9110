// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/an_owner_in_the_vec_it_was_pushed_into.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    let mut owners = Vec::new();
    owners.push(owned);
    println!("{}", owned.borrow()?);
    Ok(())
}
