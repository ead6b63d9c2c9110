// rule: R34 what a remote function takes and returns does not point into one process
// code: none
// twin: pass/remote_signature/take_a_reference_for_the_call.rs

use ref_core::{Result, Workers, remote};

#[remote]
fn length(text: &'static String) -> usize {
    text.len()
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{}", length::call(&workers, &String::from("text"))?);
    Ok(())
}
