// rule: R34 what a remote function takes and returns does not point into one process

use std::path::PathBuf;

use ref_core::{Result, Workers, remote};

#[remote]
fn log(name: String) -> Option<PathBuf> {
    std::fs::canonicalize(name).ok()
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{:?}", log::call(&workers, String::from("/"))?.is_some());
    Ok(())
}
