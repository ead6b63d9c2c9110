// rule: R24 every field of a stored type is `Stored`

use std::fs;
use std::path::PathBuf;

use ref_core::{Store, global_store};

#[global_store]
pub struct Log {
    pub lines: Option<PathBuf>,
}

fn main() {
    let store = Store::open("memory:").unwrap();
    let log = store.put(Log { lines: None }).unwrap();
    println!("{} {:?}", log.borrow().unwrap().lines.is_none(), fs::metadata("/").is_ok());
}
