// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/the_value_after_it_was_taken_out.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(String::from("out"))?;
    let text = owned.into_inner()?;
    println!("{text} {}", owned.borrow()?);
    Ok(())
}
