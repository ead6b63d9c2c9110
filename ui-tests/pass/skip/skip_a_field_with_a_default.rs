// rule: R25 a store loses nothing of a value unless its type says so

use ref_core::global_store;

#[derive(Default)]
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
