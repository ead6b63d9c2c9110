// rule: R23 nothing in a stored value changes behind a shared borrow
// code: none
// twin: pass/fields/a_field_is_a_plain_vec.rs

use ref_core::global_store;

#[global_store]
pub struct Stock {
    pub pieces: Vec<std::cell::RefCell<u64>>,
}

fn main() {}
