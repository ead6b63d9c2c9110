// rule: R30 what is lent has the parameter's type and its kind of borrow
// code: E0277
// twin: pass/remote_lend/map_over_lists_of_the_type.rs

use ref_core::{Result, Workers, remote};

#[remote]
fn total(numbers: &Vec<u64>) -> u64 {
    numbers.iter().sum()
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let lists = [vec![1_i64]];
    println!("{:?}", total::map(&workers, &lists)?);
    Ok(())
}
