// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree
// code: none
// twin: pass/attribute/an_opaque_field_that_is_stored.rs

use ref_core::global_store;

#[global_store]
pub struct Page {
    pub text: String,
    #[global_store(opaque, skip)]
    pub words: u64,
}

fn main() {}
