// rule: R24 every field of a stored type is `Stored`
// code: E0277
// twin: pass/fields/a_variant_has_a_value_that_is_stored.rs

use ref_core::{Result, Store, global_store};

#[derive(Debug)]
pub struct Failure(String);

#[global_store]
pub enum State {
    Running,
    Failed { why: Failure },
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let state = store.put(State::Running)?;
    println!("{}", matches!(*state.borrow()?, State::Failed { .. }));
    Ok(())
}
