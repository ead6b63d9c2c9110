// rule: R33 what goes to another process can be written and read there

use ref_core::{Result, Workers, remote};

#[remote]
fn sum(numbers: &Vec<u64>) -> u64 {
    numbers.iter().sum()
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{:?}", sum::call(&workers, &vec![1, 2])?);
    Ok(())
}
