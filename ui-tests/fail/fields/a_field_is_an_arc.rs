// rule: R22 a stored type borrows nothing and holds no address
// code: none
// twin: pass/fields/a_field_is_a_boxed_text.rs

use ref_core::global_store;

#[global_store]
pub struct Order {
    pub lines: Vec<std::sync::Arc<str>>,
}

fn main() {}
