// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_the_path_of_a_file.rs

use std::fs::File;

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let file = store.put(File::open("/").unwrap())?;
    println!("{:?}", file.borrow()?.metadata().is_ok());
    Ok(())
}
