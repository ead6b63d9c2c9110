// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree
// code: none
// twin: pass/attribute/store_an_enum.rs

use ref_core::global_store;

#[global_store]
pub union Number {
    pub whole: u64,
    pub broken: f64,
}

fn main() {}
