// rule: R33 what goes to another process can be written and read there
// code: E0277
// twin: pass/remote_types/change_a_value_that_is_stored.rs

use ref_core::{Result, Workers, remote};

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
