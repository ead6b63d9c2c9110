// rule: R19 a handle leaves a collection whole

use ref_core::{Owned, Result, Store};

fn numbers(list: Owned<Vec<u64>>) -> Result<Vec<u64>> {
    list.into_inner()
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let list = store.put(vec![1_u64])?;
    println!("{:?}", numbers(list)?);
    Ok(())
}
