// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_a_pair_of_which_both_parts_are_stored.rs

use ref_core::{Result, Store};

struct Point(i64);

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let pair = store.put((1_u64, vec![Point(3)]))?;
    println!("{}", pair.borrow()?.1[0].0);
    Ok(())
}
