// rule: R34 what a remote function takes and returns does not point into one process
// code: none
// twin: pass/remote_signature/return_the_path_of_a_file.rs

use std::fs::File;

use ref_core::{Result, Workers, remote};

#[remote]
fn log(name: String) -> Option<std::fs::File> {
    File::create(name).ok()
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{:?}", log::call(&workers, String::from("/"))?.is_some());
    Ok(())
}
