// rule: R34 what a remote function takes and returns does not point into one process
// code: none
// twin: pass/remote_signature/take_a_shared_reference.rs

use ref_core::{Ref, Result, Workers, remote};

#[remote]
fn length(list: Ref<'_, Vec<u64>>) -> usize {
    list.len()
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{}", length::call(&workers, &vec![1, 2])?);
    Ok(())
}
