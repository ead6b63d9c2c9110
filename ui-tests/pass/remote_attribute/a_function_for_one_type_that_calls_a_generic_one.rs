// rule: R35 `#[remote]` stands on a plain function, of which there is one

use ref_core::remote;
use ref_core::{Result, Workers};

fn sum<T: Copy + Into<u64>>(numbers: &[T]) -> u64 {
    numbers.iter().map(|&number| number.into()).sum()
}

#[remote]
fn total(numbers: &[u8]) -> u64 {
    sum(numbers)
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{} {}", total(&[1_u8]), total::call(&workers, &[1_u8, 2])?);
    Ok(())
}
