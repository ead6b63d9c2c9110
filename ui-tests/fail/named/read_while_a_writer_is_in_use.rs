// rule: R42 a name is read and changed through one handle as its value is
// code: E0502
// twin: pass/named/read_after_the_writer.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut index = store.named::<Vec<u64>>("index")?;
    index.set(vec![1])?;
    let writer = index.borrow_mut()?;
    println!("{:?}", index.borrow()?);
    writer.commit()?;
    Ok(())
}
