// rule: R41 the elements of a `Bulk` are plain data, and are borrowed as the elements of a slice are

use ref_core::{Bulk, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(Bulk::from_vec(vec![1_u64, 2]))?;
    let loan = owned.lend()?;
    let lease = store.redeem(loan.ticket()?)?;
    let bulk = lease.borrow()?.clone();
    let cells: &[u64] = &bulk;
    drop(lease);
    println!("{}", cells[0]);
    Ok(())
}
