// rule: R34 what a remote function takes and returns does not point into one process

use ref_core::{global_store, remote};

#[global_store]
pub struct Grid {
    cells: Vec<f64>,
}

#[remote]
fn size(grid: &Grid) -> usize {
    grid.cells.len()
}

fn main() {
    let _ = size;
}
