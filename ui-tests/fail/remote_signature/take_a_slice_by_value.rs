// rule: R34 what a remote function takes and returns does not point into one process
// code: E0277
// twin: pass/remote_signature/take_a_slice_by_reference.rs

use ref_core::{Result, Workers, remote};

#[remote]
fn sum(numbers: [u64]) -> u64 {
    numbers.iter().sum()
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{}", sum::call(&workers, &[1, 2])?);
    Ok(())
}
