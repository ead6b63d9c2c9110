// rule: R22 a stored type borrows nothing and holds no address
// code: none
// twin: pass/fields/a_type_has_no_lifetime.rs

use ref_core::global_store;

#[global_store]
pub struct Order<'a> {
    pub note: std::borrow::Cow<'a, str>,
}

fn main() {}
