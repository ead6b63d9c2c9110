// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree
// code: none
// twin: pass/attribute/an_option_of_the_type_on_the_type.rs

use ref_core::global_store;

#[global_store]
pub struct Point {
    #[global_store(version = 2)]
    pub x: i64,
}

fn main() {}
