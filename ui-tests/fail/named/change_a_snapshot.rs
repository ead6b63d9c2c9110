// rule: R43 a snapshot is read-only
// code: E0596
// twin: pass/named/change_through_a_writer.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut index = store.named::<Vec<u64>>("index")?;
    index.set(vec![1])?;
    let now = index.snapshot()?;
    now.push(2);
    Ok(())
}
