// rule: R22 a stored type borrows nothing and holds no address
// code: none
// twin: pass/fields/a_field_owns_its_text.rs

use ref_core::global_store;

#[global_store]
pub struct Order {
    pub number: u64,
    pub note: &'static str,
}

fn main() {}
