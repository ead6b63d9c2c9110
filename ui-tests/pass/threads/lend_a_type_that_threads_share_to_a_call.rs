// rule: R17 threads share a handle as they share its value

use ref_core::{global_store, remote};

#[global_store]
pub struct Page {
    pub text: String,
    #[global_store(skip)]
    pub seen: std::sync::atomic::AtomicU64,
}

#[remote]
fn length(page: &Page) -> usize {
    page.text.len()
}

fn main() {}
