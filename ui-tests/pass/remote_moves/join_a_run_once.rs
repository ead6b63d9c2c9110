// rule: R31 an owner that was sent and a run that was joined are not used again

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
    workers.scope(|s| {
        let run = mean::spawn(s, &west)?;
        let mean = run.join()?;
        println!("{}", mean + mean);
        Ok(())
    })
}
