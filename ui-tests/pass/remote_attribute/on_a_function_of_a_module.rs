// rule: R35 `#[remote]` stands on a plain function, of which there is one

pub struct Grid;

mod grid {
    #[ref_core::remote]
    pub fn cells(rows: u64, columns: u64) -> u64 {
        rows * columns
    }
}

fn main() {
    let _ = grid::cells(2, 3);
}
