// rule: R34 what a remote function takes and returns does not point into one process
// code: none
// twin: pass/remote_signature/return_one_type.rs

use ref_core::{Result, Workers, remote};

#[remote]
fn evens(until: u64) -> impl IntoIterator<Item = u64> {
    (0..until).step_by(2).collect::<Vec<_>>()
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let evens: Vec<u64> = evens::call(&workers, 9)?;
    println!("{evens:?}");
    Ok(())
}
