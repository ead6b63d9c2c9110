// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree
// code: none
// twin: pass/attribute/an_option_that_exists.rs

use ref_core::global_store;

#[global_store(verison = 2)]
pub struct Point {
    pub x: i64,
}

fn main() {}
