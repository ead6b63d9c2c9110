// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/transition_to_a_value_that_is_stored.rs

use ref_core::{Result, Store};

struct Paid(u64);

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let draft = store.put(String::from("draft"))?;
    let paid = draft.transition(|text| Paid(text.len() as u64))?;
    println!("{}", paid.borrow()?.0);
    Ok(())
}
