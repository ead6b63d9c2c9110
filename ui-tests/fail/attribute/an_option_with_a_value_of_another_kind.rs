// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree
// code: none
// twin: pass/attribute/an_option_with_a_value_of_its_kind.rs

use ref_core::global_store;

#[global_store(version = "2")]
pub struct Point {
    pub x: i64,
}

fn main() {}
