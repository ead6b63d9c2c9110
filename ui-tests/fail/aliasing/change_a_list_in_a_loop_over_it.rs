// rule: R03 one exclusive borrow at a time
// code: E0502
// twin: pass/aliasing/change_a_list_after_a_loop_over_it.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64, 2])?;
    for number in list.borrow()?.iter() {
        list.borrow_mut()?.push(*number);
    }
    println!("{list:?}");
    Ok(())
}
