// rule: R03 one exclusive borrow at a time
// code: E0499
// twin: pass/aliasing/keep_what_a_ref_mut_of_every_round_reads.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let mut kept = Vec::new();
    for _ in 0..2 {
        kept.push(count.borrow_mut()?);
    }
    println!("{kept:?}");
    Ok(())
}
