// rule: R33 what goes to another process can be written and read there

use ref_core::{Result, Workers, remote};

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Options {
    rounds: u64,
}

#[remote]
fn repeat(options: Options) -> u64 {
    options.rounds
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let rounds = repeat::call(&workers, Options { rounds: 3 })?;
    println!("{rounds}");
    Ok(())
}
