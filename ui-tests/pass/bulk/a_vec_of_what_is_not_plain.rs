// rule: R41 the elements of a `Bulk` are plain data, and are borrowed as the elements of a slice are

use ref_core::global_store;

#[global_store]
#[derive(Clone, Copy)]
pub struct Point {
    pub x: f64,
    pub weight: u8,
}

#[global_store]
pub struct Cloud {
    pub points: Vec<Point>,
}

fn main() {}
