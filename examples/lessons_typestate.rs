//! Typestate: the type of a value says what may be done with the value, also in the store and in a ticket.
//!
//! ```console
//! $ cargo run --example lessons_typestate
//! a draft of 3 things
//! paid
//! a ticket for a paid order, read as one for a draft: WrongType
//! shipped 3 things
//! ```

use ref_core::{Ownership, Store, Ticket, global_store};
use std::error::Error;
use std::marker::PhantomData;

/// An order in some state. The name of its type in the store contains `State`: `Order<Draft>` is not `Order<Paid>`.
#[global_store]
struct Order<State> {
    things: Vec<String>,
    state: PhantomData<State>,
}

#[global_store]
struct Draft;
#[global_store]
struct Paid;

impl Order<Draft> {
    fn new() -> Self {
        Self { things: Vec::new(), state: PhantomData }
    }

    /// Consumes the draft, so that an order cannot be paid twice.
    fn pay(self) -> Order<Paid> {
        Order { things: self.things, state: PhantomData }
    }
}

impl Order<Paid> {
    fn ship(self) -> usize {
        self.things.len()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let store = Store::open("memory:")?;
    let mut order = store.put(Order::new())?; // Owned<Order<Draft>>
    order.borrow_mut()?.things.extend(["pen", "ink", "paper"].map(String::from));
    println!("a draft of {} things", order.borrow()?.things.len());

    // `order.into_inner()?.ship()` would be E0599: a draft has no such method.
    let order = store.put(order.into_inner()?.pay())?; // Owned<Order<Paid>>
    println!("paid");

    // The state is part of the ticket's type, as the kind of access is.
    let text = order.into_ticket()?.to_text();
    let wrong = text.parse::<Ticket<Order<Draft>, Ownership>>();
    println!("a ticket for a paid order, read as one for a draft: {:?}", wrong.err().ok_or("it was taken")?.kind());
    let order = store.claim(text.parse::<Ticket<Order<Paid>, Ownership>>()?)?;
    println!("shipped {} things", order.into_inner()?.ship());
    Ok(())
}
