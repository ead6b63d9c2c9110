// rule: R25 a store loses nothing of a value unless its type says so

use ref_core::global_store;

#[global_store]
pub struct Page {
    pub text: String,
    pub views: u64,
}

fn main() {}
