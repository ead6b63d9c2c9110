// rule: R44 a writer commits once
// code: E0382
// twin: pass/named/a_writer_before_its_commit.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut index = store.named::<Vec<u64>>("index")?;
    index.set(vec![1])?;
    let mut writer = index.borrow_mut()?;
    writer.commit()?;
    writer.push(2);
    Ok(())
}
