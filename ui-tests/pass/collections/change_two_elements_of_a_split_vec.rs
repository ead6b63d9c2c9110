// rule: R19 a handle leaves a collection whole

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut owners = vec![store.put(1_u64)?, store.put(2)?];
    let (left, right) = owners.split_at_mut(1);
    let mut first = left[0].borrow_mut()?;
    let mut second = right[0].borrow_mut()?;
    std::mem::swap(&mut *first, &mut *second);
    Ok(())
}
