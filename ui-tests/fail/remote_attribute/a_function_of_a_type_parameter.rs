// rule: R35 `#[remote]` stands on a plain function, of which there is one
// code: none
// twin: pass/remote_attribute/a_function_for_one_type_that_calls_a_generic_one.rs

use ref_core::remote;
use ref_core::{Result, Workers};

fn sum<T: Copy + Into<u64>>(numbers: &[T]) -> u64 {
    numbers.iter().map(|&number| number.into()).sum()
}

#[remote]
fn total<T: Copy + Into<u64>>(numbers: &[T]) -> u64 {
    sum(numbers)
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{} {}", total(&[1_u8]), total::call(&workers, &[1_u8, 2])?);
    Ok(())
}
