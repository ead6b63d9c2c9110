// rule: R21 a handle is not thrown away unread

#![deny(unused_must_use)]

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    store.claim(owned.into_ticket()?)?.remove()?;
    Ok(())
}
