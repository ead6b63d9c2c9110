// rule: R43 a snapshot is read-only

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut index = store.named::<Vec<u64>>("index")?;
    index.set(vec![1])?;
    let now = index.snapshot()?;
    index.set(vec![2])?;
    println!("{now:?}");
    Ok(())
}
