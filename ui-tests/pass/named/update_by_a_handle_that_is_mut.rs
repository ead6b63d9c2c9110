// rule: R42 a name is read and changed through one handle as its value is

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?.publish("count")?;
    count.update(|count| *count += 1)?;
    Ok(())
}
