// rule: R27 field handles are borrowed apart, each of them once
// code: E0277
// twin: pass/parts/map_a_tuple.rs

use ref_core::{Ref, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let point = store.put((3_u64, 4_u64))?;
    let x = Ref::fields(point.borrow()?).0;
    println!("{x}");
    Ok(())
}
