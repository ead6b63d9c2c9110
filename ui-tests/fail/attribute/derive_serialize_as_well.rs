// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree
// code: none
// twin: pass/attribute/derive_what_is_not_derived_yet.rs

use ref_core::global_store;

#[global_store]
#[derive(Debug, serde::Serialize)]
pub struct Point {
    pub x: i64,
}

fn main() {}
