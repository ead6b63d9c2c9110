// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/a_reader_of_a_name_before_its_release.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?.publish("count")?;
    let reader = count.borrow()?;
    reader.release()?;
    println!("{}", *reader);
    Ok(())
}
