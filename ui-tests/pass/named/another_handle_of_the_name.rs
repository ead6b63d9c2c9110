// rule: R44 a writer commits once

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut index = store.named::<Vec<u64>>("index")?;
    index.set(vec![1])?;
    let again = index.clone();
    let owned = index.into_owned()?;
    println!("{owned:?} {:?}", again.snapshot());
    Ok(())
}
