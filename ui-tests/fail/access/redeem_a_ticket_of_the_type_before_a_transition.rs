// rule: R14 a ticket gives the access that it was made for
// code: E0308
// twin: pass/access/redeem_a_ticket_of_the_type_after_a_transition.rs

use ref_core::{Lease, Result, Shared, Store, global_store};

#[global_store]
struct Draft(String);

#[global_store]
struct Paid(u64);

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let draft = store.put(Draft(String::from("tea")))?;
    let ticket = draft.lend()?.ticket()?;
    let paid = draft.transition(|draft| Paid(draft.0.len() as u64))?;
    let lease: Lease<Paid, Shared> = store.redeem(ticket)?;
    println!("{} {}", lease.borrow()?.0, paid.borrow()?.0);
    Ok(())
}
