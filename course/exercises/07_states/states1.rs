// states1: the type of an object says what may be done with it.
//
// Fails with: E0599
// Rule: R09
//
// An order is a draft, and then it is paid. The two are two types, so that a draft cannot be shipped.
// `order.transition(f)?` takes the owner, changes the value by the function `f`, and returns the owner of
// the same object with its new type.
//
// `PhantomData<State>` is a field without content: it only names the state.

use ref_core::{Result, Store, global_store};
use std::marker::PhantomData;

#[global_store]
struct Draft;
#[global_store]
struct Paid;

#[global_store]
struct Order<State> {
    things: u32,
    state: PhantomData<State>,
}

impl Order<Draft> {
    fn pay(self) -> Order<Paid> {
        Order { things: self.things, state: PhantomData }
    }
}

impl Order<Paid> {
    fn ship(self) -> u32 {
        self.things
    }
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let order = store.put(Order::<Draft> { things: 3, state: PhantomData })?;
    let id = order.id();

    // TODO: pay the order, and then ship it.
    assert_eq!(order.id(), id, "it is the same order");
    let shipped = order.into_inner()?.ship();

    assert_eq!(shipped, 3, "three things were shipped");
    println!("{shipped} things");
    Ok(())
}

// Question: a field `paid: bool` would be shorter. What does it leave to be done?
