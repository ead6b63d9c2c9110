// rule: R30 what is lent has the parameter's type and its kind of borrow
// code: E0277
// twin: pass/remote_lend/map_over_mut_owners_for_a_writer.rs

use ref_core::{Result, Store, Workers, remote};

#[remote]
fn sort(numbers: &mut Vec<u64>) {
    numbers.sort();
}

fn main() -> Result<()> {
    remote::init();
    let (store, workers) = (Store::open("shm://ui-map-writers")?, Workers::start(1)?);
    let mut lists = [store.put(vec![2, 1])?];
    sort::map(&workers, lists.iter())?;
    println!("{:?}", lists[0].borrow_mut()?);
    Ok(())
}
