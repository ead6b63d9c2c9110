// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_the_result_of_a_closure.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let double = |x: u64| 2 * x;
    let stored = store.put(double)?;
    println!("{}", stored.borrow()?(4));
    Ok(())
}
