// rule: R33 what goes to another process can be written and read there
// code: E0425
// twin: pass/remote_types/take_a_type_that_exists.rs

use ref_core::{Result, Workers, remote};

#[remote]
fn sum(numbers: &Vek<u64>) -> std::result::Result<u64, String> {
    Ok(numbers.iter().sum())
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{:?}", sum::call(&workers, &vec![1, 2])?);
    Ok(())
}
