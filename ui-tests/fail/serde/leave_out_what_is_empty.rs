// rule: R25 a store loses nothing of a value unless its type says so
// code: none
// twin: pass/serde/store_what_is_empty.rs

use ref_core::global_store;

#[global_store]
pub struct Page {
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
}

fn main() {}
