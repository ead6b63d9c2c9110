// rule: R11 what is exclusive cannot be copied

use ref_core::{RefMut, Result, Store};

fn double(mut number: RefMut<'_, u64>) {
    *number *= 2;
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let mut number = count.borrow_mut()?;
    double(RefMut::reborrow(&mut number));
    *number += 1;
    Ok(())
}
