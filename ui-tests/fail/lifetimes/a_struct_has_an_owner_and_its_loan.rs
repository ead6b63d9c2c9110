// rule: R07 no loan outlives its owner
// code: E0505
// twin: pass/lifetimes/a_struct_has_a_loan.rs

use ref_core::{Loan, Owned, Result, Shared, Store};

struct Desk<'a> {
    owned: Owned<u64>,
    loan: Loan<'a, u64, Shared>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    let loan = owned.lend()?;
    let desk = Desk { owned, loan };
    println!("{:?} {:?}", desk.owned, desk.loan);
    Ok(())
}
