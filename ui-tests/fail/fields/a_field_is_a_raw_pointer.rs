// rule: R22 a stored type borrows nothing and holds no address
// code: none
// twin: pass/fields/a_field_is_a_box.rs

use ref_core::global_store;

#[global_store]
pub struct Node {
    pub value: u64,
    pub next: Option<*const Node>,
}

fn main() {}
