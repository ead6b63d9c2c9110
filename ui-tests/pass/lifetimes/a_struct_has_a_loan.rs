// rule: R07 no loan outlives its owner

use ref_core::{Loan, Owned, Result, Shared, Store};

struct Desk<'a> {
    owned: &'a Owned<u64>,
    loan: Loan<'a, u64, Shared>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    let loan = owned.lend()?;
    let desk = Desk { owned: &owned, loan };
    println!("{:?} {:?}", desk.owned, desk.loan);
    Ok(())
}
