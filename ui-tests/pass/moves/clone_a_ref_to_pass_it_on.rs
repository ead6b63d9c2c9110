// rule: R09 a handle that was given away is not used again

use ref_core::{Ref, Result, Store};

fn show(count: Ref<'_, u64>) {
    println!("{count}");
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let borrow = count.borrow()?;
    show(Ref::clone(&borrow));
    show(borrow);
    Ok(())
}
