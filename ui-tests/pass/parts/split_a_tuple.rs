// rule: R27 field handles are borrowed apart, each of them once

use ref_core::{RefMut, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut point = store.put((3_u64, 4_u64))?;
    let (mut x, mut y) = RefMut::map_split(point.borrow_mut()?, |point| (&mut point.0, &mut point.1));
    std::mem::swap(&mut *x, &mut *y);
    Ok(())
}
