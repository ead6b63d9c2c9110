// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Key, Result, Store, global_store};

#[global_store]
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
