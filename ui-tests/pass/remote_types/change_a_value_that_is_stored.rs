// rule: R33 what goes to another process can be written and read there

use ref_core::{Result, Workers, remote};

#[ref_core::global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn warm(heat: &mut Heat, by: f64) {
    heat.0.iter_mut().for_each(|cell| *cell += by);
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let mut west = Heat(vec![1.0]);
    workers.scope(|s| warm::spawn(s, &mut west, 0.5)?.join())
}
