// rule: R37 no handle is alive in an error that is passed on

use ref_core::{Exclusive, Lease, Store};
use std::error::Error;

fn finish(lease: Lease<u64, Exclusive>) -> Result<(), Box<dyn Error>> {
    lease.commit()?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    finish(store.redeem(loan.ticket()?)?)
}
