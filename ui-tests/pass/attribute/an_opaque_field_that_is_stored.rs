// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree

use ref_core::global_store;

#[global_store]
pub struct Page {
    pub text: String,
    #[global_store(opaque)]
    pub words: u64,
}

fn main() {}
