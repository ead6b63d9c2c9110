// rule: R07 no loan outlives its owner
// code: E0505
// twin: pass/lifetimes/an_owner_is_sent_away_after_its_writer.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    let ticket = count.into_ticket()?;
    println!("{ticket:?} {:?}", loan.end()?);
    Ok(())
}
