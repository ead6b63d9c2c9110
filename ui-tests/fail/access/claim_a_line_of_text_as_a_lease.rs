// rule: R15 there are three kinds of access
// code: E0308
// twin: pass/access/claim_a_line_of_text_as_an_owner.rs

use ref_core::{Lease, Result, Shared, Store};

fn take(store: &Store, line: &str) -> Result<Lease<u64, Shared>> {
    store.claim(line.parse()?)
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    println!("{}", take(&store, "ref-ownership-").is_err());
    Ok(())
}
