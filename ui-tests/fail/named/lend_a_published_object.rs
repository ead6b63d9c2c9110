// rule: R45 what has no owner is not lent
// code: E0277
// twin: pass/named/read_a_published_object.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut index = store.named::<Vec<u64>>("index")?;
    index.set(vec![1])?;
    let loan = index.lend()?;
    println!("{loan:?}");
    Ok(())
}
