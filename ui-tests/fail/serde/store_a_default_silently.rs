// rule: R25 a store loses nothing of a value unless its type says so
// code: none
// twin: pass/serde/store_the_value.rs

use ref_core::global_store;

#[global_store]
pub struct Page {
    pub text: String,
    #[serde(default)]
    pub views: u64,
}

fn main() {}
