// rule: R42 a name is read and changed through one handle as its value is
// code: E0596
// twin: pass/named/update_by_a_handle_that_is_mut.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?.publish("count")?;
    count.update(|count| *count += 1)?;
    Ok(())
}
