// rule: R33 what goes to another process can be written and read there
// code: E0308
// twin: pass/remote_types/return_the_type_that_was_said.rs

use ref_core::{Result, Workers, remote};

#[remote]
fn sum(numbers: &Vec<u64>) -> u64 {
    numbers
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{:?}", sum::call(&workers, &vec![1, 2])?);
    Ok(())
}
