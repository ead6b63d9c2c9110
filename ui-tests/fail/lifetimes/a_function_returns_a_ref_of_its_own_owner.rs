// rule: R06 no borrow outlives the handle that it is made from
// code: E0515
// twin: pass/lifetimes/a_function_returns_its_owner.rs

use ref_core::{Ref, Result, Store};

fn text(store: &Store) -> Result<Ref<'_, String>> {
    let owned = store.put(String::from("text"))?;
    owned.borrow()
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    println!("{:?}", text(&store)?);
    Ok(())
}
