// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/lend_a_value_that_was_stored.rs

use ref_core::{Result, Store};

struct Point(i64, i64);

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut point = store.put(Point(3, 4))?;
    let loan = point.lend_mut()?;
    let mut lease = store.redeem(loan.ticket()?)?;
    lease.borrow_mut()?.0 += 1;
    lease.commit()?;
    println!("{}", loan.end()?);
    let copy = point.duplicate()?.into_inner()?;
    println!("{}", copy.0);
    Ok(())
}
