// rule: R08 a part is borrowed no longer than the whole
// code: E0716
// twin: pass/lifetimes/a_ref_ends_before_the_guard_of_its_owner.rs

use std::sync::Mutex;

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let list = Mutex::new(store.put(vec![1_u64])?);
    let numbers = list.lock().unwrap().borrow()?;
    println!("{}", numbers.len());
    Ok(())
}
