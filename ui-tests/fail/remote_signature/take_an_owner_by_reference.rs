// rule: R34 what a remote function takes and returns does not point into one process
// code: none
// twin: pass/remote_signature/take_a_value_by_reference.rs

use ref_core::{Owned, Result, Workers, remote};

#[remote]
fn length(list: &Owned<Vec<u64>>) -> usize {
    size_of_val(list)
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{}", length::call(&workers, &vec![1, 2])?);
    Ok(())
}
