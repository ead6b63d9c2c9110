// rule: R20 handles and tickets come from a store only

use ref_core::{Ownership, Result, Store, Ticket};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let line = store.put(1_u64)?.into_ticket()?.to_text();
    let owned: Ticket<u64, Ownership> = line.parse()?;
    println!("{owned:?}");
    Ok(())
}
