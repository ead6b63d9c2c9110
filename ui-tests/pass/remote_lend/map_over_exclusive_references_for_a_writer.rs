// rule: R30 what is lent has the parameter's type and its kind of borrow

use ref_core::{Result, Workers, remote};

#[remote]
fn sort(numbers: &mut Vec<u64>) {
    numbers.sort();
}

fn main() -> Result<()> {
    remote::init();
    let (workers, mut lists) = (Workers::start(1)?, [vec![2, 1]]);
    sort::map(&workers, lists.iter_mut())?;
    lists[0].push(3);
    Ok(())
}
