// rule: R11 what is exclusive cannot be copied

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let other = count.lend()?;
    println!("{loan:?} {other:?}");
    Ok(())
}
