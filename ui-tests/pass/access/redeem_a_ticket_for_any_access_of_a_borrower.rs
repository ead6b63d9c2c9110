// rule: R15 there are three kinds of access

use ref_core::access::Redeem;
use ref_core::{Lease, Result, Store, Ticket};

fn enter<A: Redeem>(store: &Store, ticket: Ticket<u64, A>) -> Result<Lease<u64, A>> {
    store.redeem(ticket)
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    println!("{:?}", enter(&store, loan.ticket()?)?);
    Ok(())
}
