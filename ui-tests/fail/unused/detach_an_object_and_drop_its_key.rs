// rule: R21 a handle is not thrown away unread
// code: unused_must_use
// twin: pass/unused/detach_an_object_and_keep_its_key.rs

#![deny(unused_must_use)]

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    store.put(1_u64)?.detach()?;
    Ok(())
}
