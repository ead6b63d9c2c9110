// rule: R33 what goes to another process can be written and read there

use ref_core::{Result, Workers, global_store, remote};

#[global_store]
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
