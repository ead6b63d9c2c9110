// rule: R27 field handles are borrowed apart, each of them once
// code: E0277
// twin: pass/parts/split_a_tuple.rs

use ref_core::{RefMut, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut point = store.put((3_u64, 4_u64))?;
    let (mut x, mut y) = RefMut::fields(point.borrow_mut()?);
    std::mem::swap(&mut *x, &mut *y);
    Ok(())
}
