// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let started = store.put(std::time::SystemTime::now())?;
    println!("{:?}", started.borrow()?.elapsed());
    Ok(())
}
