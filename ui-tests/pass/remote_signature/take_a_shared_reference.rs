// rule: R34 what a remote function takes and returns does not point into one process

use ref_core::{Result, Workers, remote};

#[remote]
fn length(list: &Vec<u64>) -> usize {
    list.len()
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{}", length::call(&workers, &vec![1, 2])?);
    Ok(())
}
