// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/an_owner_from_its_refusal.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    match owned.into_inner_or_return() {
        Ok(number) => println!("{number}"),
        Err(_) => println!("{}", owned.borrow()?),
    }
    Ok(())
}
