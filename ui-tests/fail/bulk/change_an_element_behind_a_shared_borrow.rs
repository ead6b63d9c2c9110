// rule: R41 the elements of a `Bulk` are plain data, and are borrowed as the elements of a slice are
// code: E0596
// twin: pass/bulk/change_an_element_behind_an_exclusive_borrow.rs

use ref_core::{Bulk, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let cells = store.put(Bulk::from_vec(vec![1_u64, 2]))?;
    cells.borrow()?.to_mut()?[0] = 3;
    Ok(())
}
