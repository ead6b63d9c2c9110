// rule: R24 every field of a stored type is `Stored`
// code: E0277
// twin: pass/fields/a_field_is_a_stored_struct.rs

use ref_core::global_store;

pub struct Point {
    pub x: i64,
    pub y: i64,
}

#[global_store]
pub struct Line {
    pub from: Point,
}

fn main() {}
