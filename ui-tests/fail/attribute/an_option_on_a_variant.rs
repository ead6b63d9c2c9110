// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree
// code: none
// twin: pass/attribute/an_option_on_a_field_of_a_variant.rs

use ref_core::global_store;

#[global_store]
pub enum Mark {
    Plain,
    #[global_store(skip)]
    Counted(u64),
}

fn main() {}
