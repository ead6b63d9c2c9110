// rule: R28 a call borrows its arguments until it returns, a run until its scope ends

use ref_core::{Result, Workers, global_store, remote};

#[global_store]
pub struct Map {
    west: Vec<f64>,
    east: Vec<f64>,
}

#[remote]
fn warm(cells: &mut Vec<f64>, by: f64) {
    cells.iter_mut().for_each(|cell| *cell += by);
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(2)?;
    let mut map = Map { west: vec![1.0], east: vec![1.0] };
    workers.scope(|s| {
        let west = warm::spawn(s, &mut map.west, 0.5)?;
        let east = warm::spawn(s, &mut map.east, 0.5)?;
        west.join()?;
        east.join()
    })
}
