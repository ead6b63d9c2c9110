// rule: R24 every field of a stored type is `Stored`
// code: none
// twin: pass/fields/a_field_is_the_path_of_a_file.rs

use std::fs;

use ref_core::{Store, global_store};

#[global_store]
pub struct Log {
    pub lines: Option<fs::File>,
}

fn main() {
    let store = Store::open("memory:").unwrap();
    let log = store.put(Log { lines: None }).unwrap();
    println!("{} {:?}", log.borrow().unwrap().lines.is_none(), fs::metadata("/").is_ok());
}
