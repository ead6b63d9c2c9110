// rule: R42 a name is read and changed through one handle as its value is
// code: E0596
// twin: pass/named/wait_by_a_watcher_that_is_mut.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?.publish("count")?;
    let watcher = count.watch()?;
    println!("{}", *watcher.snapshot()?);
    Ok(())
}
