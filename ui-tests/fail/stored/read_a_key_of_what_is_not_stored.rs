// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/read_a_key_of_what_is_stored.rs

use ref_core::{Key, Result, Store};

struct Point(i64);

fn read(store: &Store, line: &str) -> Result<i64> {
    let key: Key<Point> = line.parse()?;
    Ok(store.get(&key)?.0)
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    println!("{}", read(&store, "ref-key-").is_err());
    Ok(())
}
