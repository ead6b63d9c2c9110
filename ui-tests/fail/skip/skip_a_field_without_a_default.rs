// rule: R25 a store loses nothing of a value unless its type says so
// code: E0277
// twin: pass/skip/skip_a_field_with_a_default.rs

use ref_core::global_store;

pub struct Cursor(u64);

#[global_store]
pub struct Page {
    pub text: String,
    #[global_store(skip)]
    pub cursor: Cursor,
}

fn main() {
    let _ = size_of::<Page>();
}
