// rule: R17 threads share a handle as they share its value
// code: E0277
// twin: pass/threads/store_a_type_that_threads_share.rs

use ref_core::global_store;

#[global_store]
pub struct Page {
    pub text: String,
    #[global_store(lossy)]
    #[serde(skip)]
    pub seen: std::cell::Cell<u64>,
}

fn main() {}
