// rule: R08 a part is borrowed no longer than the whole

use ref_core::{Ref, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut pair = store.put((1_u64, String::from("one")))?;
    let number = *Ref::map(pair.borrow()?, |pair| &pair.0);
    pair.borrow_mut()?.0 = 2;
    println!("{number}");
    Ok(())
}
