// rule: R27 field handles are borrowed apart, each of them once

use ref_core::{Ref, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let point = store.put((3_u64, 4_u64))?;
    let x = Ref::map(point.borrow()?, |point| &point.0);
    println!("{x}");
    Ok(())
}
