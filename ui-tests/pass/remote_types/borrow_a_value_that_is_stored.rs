// rule: R33 what goes to another process can be written and read there

use ref_core::{Result, Workers, remote};

#[ref_core::global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn mean(heat: &Heat) -> f64 {
    heat.0.iter().sum::<f64>() / heat.0.len() as f64
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let mean = mean::call(&workers, &Heat(vec![1.0]))?;
    println!("{mean}");
    Ok(())
}
