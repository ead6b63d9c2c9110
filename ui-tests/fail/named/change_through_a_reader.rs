// rule: R43 a snapshot is read-only
// code: E0596
// twin: pass/named/read_through_a_reader.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut index = store.named::<Vec<u64>>("index")?;
    index.set(vec![1])?;
    let reader = index.borrow()?;
    reader.push(2);
    Ok(())
}
