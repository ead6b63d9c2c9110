// rule: R07 no loan outlives its owner

use ref_core::{Loan, Owned, Result, Shared, Store};

fn lend(owned: &Owned<u64>) -> Result<Loan<'_, u64, Shared>> {
    owned.lend()
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    println!("{:?}", lend(&store.put(1)?)?);
    Ok(())
}
