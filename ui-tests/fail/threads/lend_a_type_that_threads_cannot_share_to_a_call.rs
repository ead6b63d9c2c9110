// rule: R17 threads share a handle as they share its value
// code: E0277
// twin: pass/threads/lend_a_type_that_threads_share_to_a_call.rs

use ref_core::{global_store, remote};

#[global_store]
pub struct Page {
    pub text: String,
    #[global_store(skip)]
    pub seen: std::cell::Cell<u64>,
}

#[remote]
fn length(page: &Page) -> usize {
    page.text.len()
}

fn main() {}
