// rule: R44 a writer commits once
// code: E0382
// twin: pass/named/another_handle_of_the_name.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut index = store.named::<Vec<u64>>("index")?;
    index.set(vec![1])?;
    let owned = index.into_owned()?;
    println!("{owned:?} {:?}", index.snapshot()?);
    Ok(())
}
