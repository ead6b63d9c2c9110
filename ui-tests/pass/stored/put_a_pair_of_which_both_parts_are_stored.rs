// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Result, Store, global_store};

#[global_store]
struct Point(i64);

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let pair = store.put((1_u64, vec![Point(3)]))?;
    println!("{}", pair.borrow()?.1[0].0);
    Ok(())
}
