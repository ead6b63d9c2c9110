// rule: R35 `#[remote]` stands on a plain function, of which there is one

use ref_core::{Result, Workers, remote};

#[remote]
fn work() -> u64 {
    2
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{} {}", workers.count(), work::call(&workers)?);
    Ok(())
}
