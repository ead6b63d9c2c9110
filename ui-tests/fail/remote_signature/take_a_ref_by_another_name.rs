// rule: R34 what a remote function takes and returns does not point into one process
// code: none
// twin: pass/remote_signature/take_a_reference_to_the_value.rs

use ref_core::{global_store, remote};

#[global_store]
pub struct Grid {
    cells: Vec<f64>,
}

#[remote]
fn size(grid: GridRef<'_>) -> usize {
    grid.cells.len()
}

fn main() {
    let _ = size;
}
