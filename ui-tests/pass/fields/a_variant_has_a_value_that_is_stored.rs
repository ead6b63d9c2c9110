// rule: R24 every field of a stored type is `Stored`

use ref_core::{Result, Store, global_store};

#[global_store]
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
