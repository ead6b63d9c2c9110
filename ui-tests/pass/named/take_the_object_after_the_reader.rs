// rule: R42 a name is read and changed through one handle as its value is

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?.publish("count")?;
    let reader = *count.borrow()?;
    let owned = count.into_owned()?;
    println!("{reader} {owned:?}");
    Ok(())
}
