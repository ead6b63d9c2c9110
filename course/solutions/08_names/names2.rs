// names2: a snapshot stays as it is.
//
// Rule: R43
//
// This program compiles. `snapshot` returns the newest version of an object. It borrows nothing, and it
// hinders no writer.

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut shop = store.named::<u64>("price")?; // in one process
    let customer = store.named::<u64>("price")?; // in another one
    shop.set(10)?;

    shop.set(12)?;

    let price = customer.snapshot()?;
    assert_eq!(*price, 12, "the price is an old one");
    println!("{price}");
    Ok(())
}

// Question: a snapshot can be old. How does a program find out, and what would it use if it must not be?
// Answer: `price.is_current()` asks the store. The answer can be old again in the next moment. A program
// that needs it to stay borrows: `borrow()?` keeps writers out until the borrow is dropped.
