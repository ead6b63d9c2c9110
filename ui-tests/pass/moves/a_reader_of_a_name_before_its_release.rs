// rule: R09 a handle that was given away is not used again

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?.publish("count")?;
    let reader = count.borrow()?;
    println!("{}", *reader);
    reader.release()?;
    Ok(())
}
