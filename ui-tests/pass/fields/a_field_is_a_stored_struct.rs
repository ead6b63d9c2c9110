// rule: R24 every field of a stored type is `Stored`

use ref_core::global_store;

#[global_store]
pub struct Point {
    pub x: i64,
    pub y: i64,
}

#[global_store]
pub struct Line {
    pub from: Point,
}

fn main() {}
