// rule: R04 a loan keeps its owner borrowed until the loan is dropped, not until its last use

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    list.flush()?;
    let _loan = list.lend()?;
    Ok(())
}
