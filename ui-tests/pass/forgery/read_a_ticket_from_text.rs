// rule: R20 handles and tickets come from a store only

use ref_core::{Result, Shared, Store, Ticket};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let ticket: Ticket<u64, Shared> = loan.ticket()?.to_text().parse()?;
    println!("{ticket:?}");
    Ok(())
}
