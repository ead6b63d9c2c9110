// rule: R34 what a remote function takes and returns does not point into one process
// code: none
// twin: pass/remote_signature/take_what_chooses_a_function.rs

use ref_core::{Result, Workers, remote};

#[remote]
fn apply(numbers: Vec<u64>, f: fn(u64) -> u64) -> u64 {
    numbers.into_iter().map(f).sum()
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{}", apply::call(&workers, vec![1, 2], u64::reverse_bits)?);
    Ok(())
}
