// rule: R06 no borrow outlives the handle that it is made from

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(String::from("text"))?;
    let text;
    {
        text = owned.borrow()?;
    }
    println!("{text}");
    Ok(())
}
