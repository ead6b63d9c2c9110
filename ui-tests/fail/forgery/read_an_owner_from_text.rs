// rule: R20 handles and tickets come from a store only
// code: E0277
// twin: pass/forgery/claim_an_owner_by_text.rs

use ref_core::{Owned, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let line = store.put(1_u64)?.into_ticket()?.to_text();
    let owned: Owned<u64> = line.parse()?;
    println!("{owned:?}");
    Ok(())
}
