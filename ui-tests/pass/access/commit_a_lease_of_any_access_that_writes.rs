// rule: R15 there are three kinds of access

use ref_core::access::CanWrite;
use ref_core::{Lease, Result, Store};

fn finish<A: CanWrite>(lease: Lease<u64, A>) -> Result<()> {
    lease.commit().map(|_token| ())
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    finish(store.redeem(loan.ticket()?)?)
}
