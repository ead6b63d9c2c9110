// rule: R22 a stored type borrows nothing and holds no address

use ref_core::global_store;

#[global_store]
pub struct Order {
    pub lines: Vec<Box<str>>,
}

fn main() {}
