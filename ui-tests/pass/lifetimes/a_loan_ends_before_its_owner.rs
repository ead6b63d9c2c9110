// rule: R07 no loan outlives its owner

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(String::from("text"))?;
    let loan;
    {
        loan = owned.lend()?;
    }
    loan.end()?;
    Ok(())
}
