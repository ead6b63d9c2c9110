// rule: R34 what a remote function takes and returns does not point into one process

use ref_core::{Result, Workers, remote};

#[remote]
fn first(texts: &Vec<String>) -> String {
    texts[0].clone()
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let first: String = first::call(&workers, &vec![String::from("text")])?;
    println!("{first}");
    Ok(())
}
