// rule: R33 what goes to another process can be written and read there
// code: E0277
// twin: pass/remote_types/return_an_error_with_serde.rs

use ref_core::{Workers, remote};
use std::num::ParseIntError;

#[remote]
fn number(text: &str) -> Result<u64, ParseIntError> {
    text.parse()
}

fn main() -> ref_core::Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{:?}", number::call(&workers, "12")?);
    Ok(())
}
