// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let double = |x: u64| 2 * x;
    let stored = store.put(double(4))?;
    println!("{}", stored.borrow()?);
    Ok(())
}
