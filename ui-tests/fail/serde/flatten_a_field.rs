// rule: R25 a store loses nothing of a value unless its type says so
// code: none
// twin: pass/serde/nest_a_field.rs

use ref_core::global_store;

#[global_store]
pub struct Size {
    pub width: u64,
}

#[global_store]
pub struct Page {
    #[serde(flatten)]
    pub size: Size,
}

fn main() {}
