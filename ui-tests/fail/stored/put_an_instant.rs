// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_a_system_time.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let started = store.put(std::time::Instant::now())?;
    println!("{:?}", started.borrow()?.elapsed());
    Ok(())
}
