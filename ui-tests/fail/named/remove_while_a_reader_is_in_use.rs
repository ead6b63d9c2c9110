// rule: R42 a name is read and changed through one handle as its value is
// code: E0502
// twin: pass/named/remove_after_the_reader.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut index = store.named::<Vec<u64>>("index")?;
    index.set(vec![1])?;
    let reader = index.borrow()?;
    index.remove()?;
    println!("{reader:?}");
    Ok(())
}
