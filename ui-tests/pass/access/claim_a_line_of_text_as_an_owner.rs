// rule: R15 there are three kinds of access

use ref_core::{Owned, Result, Store};

fn take(store: &Store, line: &str) -> Result<Owned<u64>> {
    store.claim(line.parse()?)
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    println!("{}", take(&store, "ref-ownership-").is_err());
    Ok(())
}
