// rule: R34 what a remote function takes and returns does not point into one process
// code: none
// twin: pass/remote_signature/return_what_would_be_sent.rs

use ref_core::{Result, Workers, remote};

#[remote]
fn report(number: u64, to: std::sync::mpsc::Sender<u64>) {
    let _ = to.send(number);
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{}", workers.count());
    Ok(())
}
