// states2: a type that has changed says what becomes of earlier values.
//
// Rule: R39
//
// A store outlives a program. Values that last month's build has written are still there, and `Cart` has
// a new field now. `from` names the earlier definition.

use ref_core::{Key, Result, Store, global_store};

#[global_store(name = "Cart", version = 1)]
struct CartV1 {
    things: Vec<String>,
}

#[global_store(version = 2, from = CartV1)]
struct Cart {
    things: Vec<String>,
    note: String,
}

impl From<CartV1> for Cart {
    fn from(earlier: CartV1) -> Self {
        Self { things: earlier.things, note: String::new() }
    }
}

/// What last month's build did: it left a cart in the store, and kept the key as text.
fn last_month(store: &Store) -> Result<String> {
    let cart = CartV1 { things: vec![String::from("tea")] };
    Ok(store.put(cart)?.detach()?.to_text())
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let key: Key<Cart> = last_month(&store)?.parse()?;

    let cart = store.get(&key)?;
    assert_eq!((cart.things.len(), cart.note.as_str()), (1, ""), "the tea is there, and no note");
    println!("{}", cart.things.join(", "));
    Ok(())
}

// Question: what would happen without `from`, when this build reads that value?
// Answer: `get` fails as `SchemaMismatch`. The bytes carry a fingerprint of the definition that wrote
// them. They are never read as if they were of another definition.
