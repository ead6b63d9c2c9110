// rule: R34 what a remote function takes and returns does not point into one process
// code: none
// twin: pass/remote_signature/take_an_owner_by_another_name.rs

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
