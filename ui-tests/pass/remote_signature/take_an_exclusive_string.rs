// rule: R34 what a remote function takes and returns does not point into one process

use ref_core::{Result, Workers, remote};

#[remote]
fn shout(text: &mut String) {
    text.make_ascii_uppercase();
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let mut text = String::from("quiet");
    shout::call(&workers, &mut text)?;
    println!("{text}");
    Ok(())
}
