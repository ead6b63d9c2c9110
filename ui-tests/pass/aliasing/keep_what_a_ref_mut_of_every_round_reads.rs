// rule: R03 one exclusive borrow at a time

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let mut kept = Vec::new();
    for _ in 0..2 {
        kept.push(*count.borrow_mut()?);
    }
    println!("{kept:?}");
    Ok(())
}
