// rule: R25 a store loses nothing of a value unless its type says so

use ref_core::global_store;

#[global_store]
pub struct Page {
    pub text: String,
    #[serde(skip)]
    #[global_store(lossy)]
    pub words: Option<usize>,
}

fn main() {}
