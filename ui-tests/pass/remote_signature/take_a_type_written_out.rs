// rule: R34 what a remote function takes and returns does not point into one process

use ref_core::{Result, Workers, remote};

#[remote]
fn sum(numbers: Vec<u64>) -> u64 {
    numbers.into_iter().sum()
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{}", sum::call(&workers, vec![1, 2])?);
    Ok(())
}
