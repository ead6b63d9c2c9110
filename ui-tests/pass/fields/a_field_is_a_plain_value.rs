// rule: R23 nothing in a stored value changes behind a shared borrow

use ref_core::global_store;

#[global_store]
pub struct Stock {
    pub pieces: u64,
}

fn main() {}
