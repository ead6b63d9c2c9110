// rule: R24 every field of a stored type is `Stored`

use ref_core::{Result, Store, global_store};

#[global_store]
pub struct Shelf {
    pub other: Option<String>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let shelf = store.put(Shelf { other: None })?;
    println!("{}", shelf.borrow()?.other.is_none());
    Ok(())
}
