// deaths2: what a killed process owned goes, and what it has published stays.
//
// Fails with: output `NotFound`
// Rule: I7, I14
//
// This program compiles. A worker puts a report into the store, and is killed. Its object goes with it:
// an object whose owner is dead would stay for ever. An object that is published under a name has no owner.
//
//     worker   put [owns report] X
//     main                         named("report"): NotFound

use ref_core::{Result, Store, Workers, remote};

#[remote]
fn write(address: &str) -> Result<()> {
    let store = Store::open(address)?;
    let report = store.put(String::from("all is well"))?;
    assert!(!report.borrow()?.is_empty());
    // TODO: publish the report under the name "report": then it stays when this process is dead.
    std::process::abort();
}

fn main() -> Result<()> {
    remote::init();
    let address = format!("shm://course-{}", std::process::id());
    let store = Store::open(&address)?;
    let workers = Workers::start(1)?;

    let called = write::call(&workers, &address);
    assert!(called.is_err(), "the worker was killed");

    let report = store.named::<String>("report")?.into_owned()?; // owned again, by this process
    assert_eq!(*report.borrow()?, "all is well", "the report is whole");
    println!("{}", report.borrow()?);
    Ok(())
}

// Question: the store knows which process has died. Why does it not keep the objects, to be safe?
