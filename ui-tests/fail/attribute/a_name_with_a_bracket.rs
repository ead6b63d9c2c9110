// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree
// code: none
// twin: pass/attribute/a_name_with_a_dot.rs

use ref_core::global_store;

#[global_store(name = "shop[order]")]
pub struct Order {
    pub number: u64,
}

fn main() {}
