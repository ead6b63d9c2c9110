// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree
// code: E0277
// twin: pass/attribute/a_codec_that_is_one.rs

use ref_core::global_store;

#[global_store(codec = String)]
pub struct Point {
    pub x: i64,
}

fn main() {}
