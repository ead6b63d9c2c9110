// rule: R33 what goes to another process can be written and read there
// code: E0277
// twin: pass/remote_types/borrow_a_value_that_is_stored.rs

use ref_core::{Result, Workers, remote};

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
