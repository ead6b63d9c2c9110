// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_an_arc.rs

use ref_core::{Result, Store};
use std::rc::Rc;

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(Rc::new(1_u64))?;
    println!("{owned:?}");
    Ok(())
}
