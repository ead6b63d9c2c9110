// rule: R21 a handle is not thrown away unread

#![deny(unused_must_use)]

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let made = store.put_or_return(1_u64);
    assert_eq!(made.map_err(|refused| refused.handle).map(|owned| owned.is_loaded()), Ok(true));
    Ok(())
}
