// rule: R06 no borrow outlives the handle that it is made from

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    store.put(1_u64)?.publish("count")?;
    let reader = {
        let count = store.named::<u64>("count")?;
        count.snapshot()?
    };
    println!("{}", *reader);
    Ok(())
}
