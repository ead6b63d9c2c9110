// rule: R09 a handle that was given away is not used again

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let text = store.put(String::from("four"))?;
    let length = text.transition(|text| text.len() as u64)?;
    println!("{}", length.borrow()?);
    Ok(())
}
