// rule: R34 what a remote function takes and returns does not point into one process
// code: none
// twin: pass/remote_signature/take_a_duration.rs

use std::time::{Duration, Instant};

use ref_core::{Result, Workers, remote};

#[remote]
fn rest(until: std::time::Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{}", workers.count());
    Ok(())
}
