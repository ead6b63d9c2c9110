// rule: R33 what goes to another process can be written and read there
// code: E0277
// twin: pass/remote_types/take_a_value_with_serde.rs

use ref_core::{Result, Workers, remote};

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
