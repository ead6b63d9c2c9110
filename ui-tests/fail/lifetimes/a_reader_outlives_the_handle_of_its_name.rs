// rule: R06 no borrow outlives the handle that it is made from
// code: E0597
// twin: pass/lifetimes/a_snapshot_outlives_the_handle_of_its_name.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    store.put(1_u64)?.publish("count")?;
    let reader = {
        let count = store.named::<u64>("count")?;
        count.borrow()?
    };
    println!("{}", *reader);
    Ok(())
}
