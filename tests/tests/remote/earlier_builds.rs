//! Remote functions on values that an earlier definition of their type wrote. The worker is of the same build as its
//! caller.

use crate::lab;
use ref_core::{Key, Owned, global_store, remote};
use std::cell::RefCell;

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
#[derive(Debug, PartialEq)]
struct Cart {
    items: Vec<String>,
    total: u64,
}

impl From<CartV1> for Cart {
    fn from(old: CartV1) -> Self {
        if let Some(ask) = ASK.take() {
            ask();
        }
        Self { total: old.items.len() as u64, items: old.items }
    }
}

thread_local! {
    /// The function that the next conversion in this thread calls.
    static ASK: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

#[remote]
fn made(items: Vec<String>) -> Cart {
    Cart { total: items.len() as u64, items }
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

/// The code of a `From` may call remote functions. Their results are of the current definition.
#[test]
fn a_conversion_may_call_a_remote_function() {
    let (_scene, store, workers) = lab(1);
    let line = store.put(earlier::Cart { items: vec!["tea".into()] }).unwrap().detach().unwrap().to_text();
    let key = line.parse::<Key<Cart>>().unwrap();
    ASK.set(Some(Box::new(move || {
        let two = || vec!["cup".to_owned(), "tea".into()];
        assert_eq!(made::call(&workers, two()).unwrap(), Cart { items: two(), total: 2 });
    })));
    assert_eq!(store.get(&key).unwrap(), Cart { items: vec!["tea".into()], total: 1 });
    assert!(ASK.take().is_none());
    store.remove(&key).unwrap();
}
