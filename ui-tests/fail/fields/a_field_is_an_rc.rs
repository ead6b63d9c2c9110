// rule: R22 a stored type borrows nothing and holds no address
// code: none
// twin: pass/fields/a_field_is_its_own.rs

use ref_core::global_store;

#[global_store]
pub struct Order {
    pub lines: std::rc::Rc<Vec<String>>,
}

fn main() {}
