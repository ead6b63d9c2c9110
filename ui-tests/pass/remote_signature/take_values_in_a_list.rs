// rule: R34 what a remote function takes and returns does not point into one process

use ref_core::{Result, Workers, remote};

#[remote]
fn longest(texts: Vec<String>) -> usize {
    texts.iter().map(|text| text.len()).max().unwrap_or_default()
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{}", longest::call(&workers, vec!["text".to_owned()])?);
    Ok(())
}
