// rule: R34 what a remote function takes and returns does not point into one process
// code: none
// twin: pass/remote_signature/take_an_exclusive_vec.rs

use ref_core::{Result, Workers, remote};

#[remote]
fn warm(cells: &mut [f64], by: f64) {
    cells.iter_mut().for_each(|cell| *cell += by);
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let mut cells = vec![0.0];
    warm::call(&workers, &mut cells, 0.5)?;
    println!("{cells:?}");
    Ok(())
}
