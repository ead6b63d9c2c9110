// rule: R45 what has no owner is not lent

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut index = store.named::<Vec<u64>>("index")?;
    index.set(vec![1])?;
    index.update(|index| index.push(2))?;
    Ok(())
}
