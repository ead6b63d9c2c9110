// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Result, Store, global_store};

#[global_store]
struct Paid(u64);

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let draft = store.put(String::from("draft"))?;
    let paid = draft.transition(|text| Paid(text.len() as u64))?;
    println!("{}", paid.borrow()?.0);
    Ok(())
}
