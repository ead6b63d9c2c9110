// rule: R35 `#[remote]` stands on a plain function, of which there is one
// code: none
// twin: pass/remote_attribute/on_a_function_of_a_module.rs

pub struct Grid;

impl Grid {
    #[ref_core::remote]
    pub fn cells(rows: u64, columns: u64) -> u64 {
        rows * columns
    }
}

fn main() {
    let _ = Grid::cells(2, 3);
}
