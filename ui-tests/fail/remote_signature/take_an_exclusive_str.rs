// rule: R34 what a remote function takes and returns does not point into one process
// code: none
// twin: pass/remote_signature/take_an_exclusive_string.rs

use ref_core::{Result, Workers, remote};

#[remote]
fn shout(text: &mut str) {
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
