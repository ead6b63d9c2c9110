// rule: R25 a store loses nothing of a value unless its type says so
// code: none
// twin: pass/serde/permit_nothing.rs

use ref_core::global_store;

#[global_store]
pub struct Page {
    #[global_store(lossy)]
    pub text: String,
}

fn main() {}
