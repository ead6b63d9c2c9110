// rule: R35 `#[remote]` stands on a plain function, of which there is one
// code: none
// twin: pass/remote_attribute/on_a_function_that_main_calls.rs

use ref_core::{Result, Workers, remote};

#[remote]
fn work() -> u64 {
    2
}

#[remote]
fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{} {}", workers.count(), work::call(&workers)?);
    Ok(())
}
