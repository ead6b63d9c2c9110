// rule: R15 there are three kinds of access
// code: E0277
// twin: pass/access/commit_a_lease_of_any_access_that_writes.rs

use ref_core::access::Access;
use ref_core::{Lease, Result, Store};

fn finish<A: Access>(lease: Lease<u64, A>) -> Result<()> {
    lease.commit().map(|_token| ())
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    finish(store.redeem(loan.ticket()?)?)
}
