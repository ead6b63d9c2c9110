// rule: R16 a value lives in a store if its type is `Stored`

use std::fs::File;
use std::path::PathBuf;

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let file = store.put(PathBuf::from("/"))?;
    println!("{:?}", File::open(&*file.borrow()?).is_ok());
    Ok(())
}
