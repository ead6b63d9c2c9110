// rule: R34 what a remote function takes and returns does not point into one process

use ref_core::{Result, Workers, remote};

#[remote]
fn show(what: Vec<u64>) -> String {
    format!("{what:?}")
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{}", show::call(&workers, vec![1_u64])?);
    Ok(())
}
