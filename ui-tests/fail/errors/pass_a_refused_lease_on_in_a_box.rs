// rule: R37 no handle is alive in an error that is passed on
// code: E0277
// twin: pass/errors/pass_the_error_of_a_commit_on_in_a_box.rs

use ref_core::{Exclusive, Lease, Store};
use std::error::Error;

fn finish(lease: Lease<u64, Exclusive>) -> Result<(), Box<dyn Error>> {
    lease.commit_or_return()?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    finish(store.redeem(loan.ticket()?)?)
}
