// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree
// code: none
// twin: pass/attribute/the_attribute_once.rs

use ref_core::global_store;

#[global_store]
#[global_store]
pub struct Point {
    pub x: i64,
}

fn main() {}
