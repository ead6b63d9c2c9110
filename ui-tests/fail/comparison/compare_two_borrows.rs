// rule: R38 a borrow is compared with a value
// code: E0308
// twin: pass/comparison/compare_two_values.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let (one, other) = (store.put(1_u64)?, store.put(1_u64)?);
    let (a, b) = (one.borrow()?, other.borrow()?);
    println!("{} {}", a == 1, a == b);
    Ok(())
}
