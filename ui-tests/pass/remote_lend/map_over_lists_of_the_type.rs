// rule: R30 what is lent has the parameter's type and its kind of borrow

use ref_core::{Result, Workers, remote};

#[remote]
fn total(numbers: &Vec<u64>) -> u64 {
    numbers.iter().sum()
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let lists = [vec![1_u64]];
    println!("{:?}", total::map(&workers, &lists)?);
    Ok(())
}
