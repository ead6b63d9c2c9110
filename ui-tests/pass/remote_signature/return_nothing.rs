// rule: R34 what a remote function takes and returns does not point into one process

use ref_core::{Result, Workers, remote};

#[remote]
fn serve(port: u16) {
    for _ in 0..3 {
        println!("{port}");
    }
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    serve::call(&workers, 80)?;
    Ok(())
}
