// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree
// code: none
// twin: pass/attribute/store_a_struct.rs

use ref_core::global_store;

#[global_store]
pub fn point() {}

fn main() {}
