// rule: R30 what is lent has the parameter's type and its kind of borrow
// code: E0277
// twin: pass/remote_lend/lend_a_value_of_the_type.rs

use ref_core::{Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn mean(heat: &Heat) -> f64 {
    heat.0.iter().sum::<f64>() / heat.0.len() as f64
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let west = Heat(vec![1.0]);
    println!("{}", mean::call(&workers, &west.0)?);
    Ok(())
}
