// rule: R33 what goes to another process can be written and read there
// code: E0277
// twin: pass/remote_types/take_a_stored_value_without_serde.rs

use ref_core::{Result, Workers, remote};

pub struct Options {
    rounds: u64,
}

#[remote]
fn repeat(options: Vec<Options>) -> u64 {
    options.iter().map(|options| options.rounds).sum()
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let rounds = repeat::call(&workers, vec![Options { rounds: 3 }])?;
    println!("{rounds}");
    Ok(())
}
