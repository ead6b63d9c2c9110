// rule: R41 the elements of a `Bulk` are plain data, and are borrowed as the elements of a slice are

use ref_core::{Bulk, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut cells = store.put(Bulk::from_vec(vec![1_u64, 2]))?;
    cells.borrow_mut()?.to_mut()?[0] = 3;
    Ok(())
}
