// rule: R11 what is exclusive cannot be copied
// code: E0382
// twin: pass/copies/reborrow_a_ref_mut_to_pass_it_on.rs

use ref_core::{RefMut, Result, Store};

fn double(mut number: RefMut<'_, u64>) {
    *number *= 2;
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let mut number = count.borrow_mut()?;
    double(number);
    *number += 1;
    Ok(())
}
