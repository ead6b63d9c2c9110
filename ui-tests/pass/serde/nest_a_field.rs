// rule: R25 a store loses nothing of a value unless its type says so

use ref_core::global_store;

#[global_store]
pub struct Size {
    pub width: u64,
}

#[global_store]
pub struct Page {
    pub size: Size,
}

fn main() {}
