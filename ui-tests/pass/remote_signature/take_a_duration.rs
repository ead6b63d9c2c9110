// rule: R34 what a remote function takes and returns does not point into one process

use std::time::Duration;

use ref_core::{Result, Workers, remote};

#[remote]
fn rest(until: std::time::Duration) -> Duration {
    until / 2
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{}", workers.count());
    Ok(())
}
