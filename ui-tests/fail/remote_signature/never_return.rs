// rule: R34 what a remote function takes and returns does not point into one process
// code: none
// twin: pass/remote_signature/return_nothing.rs

use ref_core::{Result, Workers, remote};

#[remote]
fn serve(port: u16) -> ! {
    loop {
        println!("{port}");
    }
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    serve::call(&workers, 80)?;
    Ok(())
}
