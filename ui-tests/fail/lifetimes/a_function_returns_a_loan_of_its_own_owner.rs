// rule: R07 no loan outlives its owner
// code: E0515
// twin: pass/lifetimes/a_function_returns_a_loan_of_its_callers_owner.rs

use ref_core::{Loan, Owned, Result, Shared, Store};

fn lend(store: &Store) -> Result<Loan<'_, u64, Shared>> {
    let owned: Owned<u64> = store.put(1)?;
    owned.lend()
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    println!("{:?}", lend(&store)?);
    Ok(())
}
