// rule: R41 the elements of a `Bulk` are plain data, and are borrowed as the elements of a slice are
// code: E0277
// twin: pass/bulk/a_vec_of_what_is_not_plain.rs

use ref_core::{Bulk, global_store};

#[global_store]
#[derive(Clone, Copy)]
pub struct Point {
    pub x: f64,
    pub weight: u8,
}

#[global_store]
pub struct Cloud {
    pub points: Bulk<Point>,
}

fn main() {}
