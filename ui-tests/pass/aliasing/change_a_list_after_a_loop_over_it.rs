// rule: R03 one exclusive borrow at a time

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64, 2])?;
    for number in list.borrow()?.clone() {
        list.borrow_mut()?.push(number);
    }
    println!("{list:?}");
    Ok(())
}
