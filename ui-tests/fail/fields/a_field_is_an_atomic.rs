// rule: R23 nothing in a stored value changes behind a shared borrow
// code: none
// twin: pass/fields/a_field_is_a_plain_number.rs

use ref_core::global_store;

#[global_store]
pub struct Counter {
    pub hits: std::sync::atomic::AtomicU64,
}

fn main() {}
