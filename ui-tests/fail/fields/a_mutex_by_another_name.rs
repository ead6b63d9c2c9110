// rule: R23 nothing in a stored value changes behind a shared borrow
// code: E0277
// twin: pass/fields/a_number_by_another_name.rs

use ref_core::global_store;

type Hits = std::sync::Mutex<u64>;

#[global_store]
pub struct Counter {
    pub hits: Hits,
}

fn main() {}
