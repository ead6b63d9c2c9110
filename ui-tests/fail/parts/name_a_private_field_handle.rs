// rule: R27 field handles are borrowed apart, each of them once
// code: E0616
// twin: pass/parts/name_a_public_field_handle.rs

use ref_core::{Ref, Result, Store};

mod shop {
    #[ref_core::global_store]
    #[derive(Default)]
    pub struct Till {
        cents: u64,
    }
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let till = store.put(shop::Till::default())?;
    println!("{}", Ref::fields(till.borrow()?).cents);
    Ok(())
}
