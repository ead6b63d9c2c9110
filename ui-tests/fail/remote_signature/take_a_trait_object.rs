// rule: R34 what a remote function takes and returns does not point into one process
// code: none
// twin: pass/remote_signature/take_a_type_that_has_the_trait.rs

use ref_core::{Result, Workers, remote};

#[remote]
fn show(what: Box<dyn std::fmt::Debug>) -> String {
    format!("{what:?}")
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{}", show::call(&workers, Box::new(1_u64))?);
    Ok(())
}
