// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/clone_a_ref_to_pass_it_on.rs

use ref_core::{Ref, Result, Store};

fn show(count: Ref<'_, u64>) {
    println!("{count}");
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let borrow = count.borrow()?;
    show(borrow);
    show(borrow);
    Ok(())
}
