// rule: R33 what goes to another process can be written and read there

use ref_core::{Result, Workers, remote};

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Summary {
    mean: f64,
}

#[remote]
fn summary(of: f64) -> Summary {
    Summary { mean: of }
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{}", summary::call(&workers, 0.5)?.mean);
    Ok(())
}
