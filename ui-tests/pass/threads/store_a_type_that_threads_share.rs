// rule: R17 threads share a handle as they share its value

use ref_core::global_store;

#[global_store]
pub struct Page {
    pub text: String,
    #[global_store(lossy)]
    #[serde(skip)]
    pub seen: std::sync::atomic::AtomicU64,
}

fn main() {}
