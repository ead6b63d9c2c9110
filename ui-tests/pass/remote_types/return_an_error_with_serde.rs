// rule: R33 what goes to another process can be written and read there

use ref_core::{Workers, remote};

#[remote]
fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|error| format!("{error}"))
}

fn main() -> ref_core::Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{:?}", number::call(&workers, "12")?);
    Ok(())
}
