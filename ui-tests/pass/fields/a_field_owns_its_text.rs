// rule: R22 a stored type borrows nothing and holds no address

use ref_core::global_store;

#[global_store]
pub struct Order {
    pub number: u64,
    pub note: String,
}

fn main() {}
