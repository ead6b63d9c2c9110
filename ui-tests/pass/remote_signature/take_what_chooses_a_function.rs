// rule: R34 what a remote function takes and returns does not point into one process

use ref_core::{Result, Workers, remote};

#[remote]
fn apply(numbers: Vec<u64>, double: bool) -> u64 {
    numbers.into_iter().sum::<u64>() << u32::from(double)
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{}", apply::call(&workers, vec![1, 2], true)?);
    Ok(())
}
