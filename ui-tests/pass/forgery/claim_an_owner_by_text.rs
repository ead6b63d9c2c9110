// rule: R20 handles and tickets come from a store only

use ref_core::{Owned, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let line = store.put(1_u64)?.into_ticket()?.to_text();
    let owned: Owned<u64> = store.claim(line.parse()?)?;
    println!("{owned:?}");
    Ok(())
}
