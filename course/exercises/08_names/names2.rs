// names2: a snapshot stays as it is.
//
// Fails with: output `the price is an old one`
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

    // TODO: the customer pays the price of the moment.
    let price = customer.snapshot()?;
    shop.set(12)?;

    assert_eq!(*price, 12, "the price is an old one");
    println!("{price}");
    Ok(())
}

// Question: a snapshot can be old. How does a program find out, and what would it use if it must not be?
