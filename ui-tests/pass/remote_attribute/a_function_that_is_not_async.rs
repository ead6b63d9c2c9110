// rule: R35 `#[remote]` stands on a plain function, of which there is one

use ref_core::remote;

use ref_core::{Result, Workers};

#[remote]
fn double(number: u64) -> u64 {
    number * 2
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let two = workers.scope(|s| double::spawn(s, 1)?.join())?;
    println!("{} {:?}", double::call(&workers, two)?, double::map(&workers, [1, 2])?);
    Ok(())
}
