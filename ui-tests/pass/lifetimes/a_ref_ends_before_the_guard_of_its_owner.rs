// rule: R08 a part is borrowed no longer than the whole

use std::sync::Mutex;

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let list = Mutex::new(store.put(vec![1_u64])?);
    let guard = list.lock().unwrap();
    let numbers = guard.borrow()?;
    println!("{}", numbers.len());
    Ok(())
}
