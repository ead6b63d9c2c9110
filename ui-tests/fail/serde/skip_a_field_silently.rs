// rule: R25 a store loses nothing of a value unless its type says so
// code: none
// twin: pass/serde/skip_a_field_and_say_so.rs

use ref_core::global_store;

#[global_store]
pub struct Page {
    pub text: String,
    #[serde(skip)]
    pub words: Option<usize>,
}

fn main() {}
