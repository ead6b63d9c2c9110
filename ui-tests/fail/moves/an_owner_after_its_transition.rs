// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/an_owner_of_its_next_type.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let text = store.put(String::from("four"))?;
    let length = text.transition(|text| text.len() as u64)?;
    println!("{} {}", text.borrow()?, length.borrow()?);
    Ok(())
}
