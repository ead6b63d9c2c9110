// rule: R43 a snapshot is read-only
// code: E0594
// twin: pass/named/set_the_next_version.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut index = store.named::<Vec<u64>>("index")?;
    index.set(vec![1])?;
    let now = index.snapshot()?;
    *now = vec![2];
    Ok(())
}
