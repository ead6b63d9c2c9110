// rule: R06 no borrow outlives the handle that it is made from

use ref_core::{Owned, Result, Store};

fn text(store: &Store) -> Result<Owned<String>> {
    let owned = store.put(String::from("text"))?;
    Ok(owned)
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    println!("{:?}", text(&store)?);
    Ok(())
}
