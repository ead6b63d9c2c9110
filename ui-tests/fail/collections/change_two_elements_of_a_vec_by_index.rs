// rule: R19 a handle leaves a collection whole
// code: E0499
// twin: pass/collections/change_two_elements_of_a_split_vec.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut owners = vec![store.put(1_u64)?, store.put(2)?];
    let mut first = owners[0].borrow_mut()?;
    let mut second = owners[1].borrow_mut()?;
    std::mem::swap(&mut *first, &mut *second);
    Ok(())
}
