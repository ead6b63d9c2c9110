//! Remote functions on values that an earlier definition of their type wrote. The worker is of the same build as its
//! caller.

use crate::lab;
use ref_core::{Key, Owned, global_store, remote};

mod earlier {
    #[ref_core::global_store]
    pub(crate) struct Cart {
        pub(crate) items: Vec<String>,
    }
}

#[global_store(name = "Cart", version = 1)]
struct CartV1 {
    items: Vec<String>,
}

#[global_store(version = 2, from = CartV1)]
struct Cart {
    items: Vec<String>,
    total: u64,
}

impl From<CartV1> for Cart {
    fn from(old: CartV1) -> Self {
        Self { total: old.items.len() as u64, items: old.items }
    }
}

#[remote]
fn total(cart: &Cart) -> u64 {
    cart.total
}

#[remote]
fn add(cart: &mut Cart, item: String) {
    cart.items.push(item);
    cart.total += 1;
}

#[remote]
fn counted(cart: Owned<Cart>) -> Owned<Cart> {
    assert_eq!(cart.borrow().unwrap().total, 1);
    cart
}

#[test]
fn a_worker_reads_the_values_of_an_earlier_build() {
    let (_scene, store, workers) = lab(1);
    let old = earlier::Cart { items: vec!["tea".into()] };
    let line = store.put(old).unwrap().detach().unwrap().to_text();
    let mut cart = store.adopt(line.parse::<Key<Cart>>().unwrap()).unwrap();
    cart.unload().unwrap();
    assert_eq!(total::call(&workers, &cart).unwrap(), 1);
    let mut cart = counted::call(&workers, cart).unwrap();
    assert_eq!(total::call(&workers, &cart).unwrap(), 1);
    add::call(&workers, &mut cart, "cup".into()).unwrap();
    assert_eq!((cart.borrow().unwrap().total, total::call(&workers, &cart).unwrap()), (2, 2));
    // The change was written by the current definition.
    let line = cart.detach().unwrap().to_text();
    let key = line.parse::<Key<Cart>>().unwrap();
    assert_eq!(store.get(&key).unwrap().items, ["tea", "cup"]);
    store.remove(&key).unwrap();
}
