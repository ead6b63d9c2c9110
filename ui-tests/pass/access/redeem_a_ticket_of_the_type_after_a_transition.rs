// rule: R14 a ticket gives the access that it was made for

use ref_core::{Lease, Result, Shared, Store, global_store};

#[global_store]
struct Draft(String);

#[global_store]
struct Paid(u64);

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let draft = store.put(Draft(String::from("tea")))?;
    let paid = draft.transition(|draft| Paid(draft.0.len() as u64))?;
    let loan = paid.lend()?;
    let lease: Lease<Paid, Shared> = store.redeem(loan.ticket()?)?;
    println!("{} {}", lease.borrow()?.0, paid.borrow()?.0);
    Ok(())
}
