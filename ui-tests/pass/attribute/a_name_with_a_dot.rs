// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree

use ref_core::global_store;

#[global_store(name = "shop.order")]
pub struct Order {
    pub number: u64,
}

fn main() {}
