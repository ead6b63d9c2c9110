// rule: R34 what a remote function takes and returns does not point into one process

use ref_core::{Result, Workers, remote};

#[remote]
fn apply(numbers: Vec<u64>, reversed: bool) -> u64 {
    numbers.into_iter().map(if reversed { u64::reverse_bits } else { u64::swap_bytes }).sum()
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{}", apply::call(&workers, vec![1, 2], true)?);
    Ok(())
}
