// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree
// code: E0277
// twin: pass/attribute/a_stored_type_that_serde_knows.rs

use ref_core::global_store;

#[global_store(serde = false)]
pub struct Point {
    pub x: i64,
}

fn main() {}
