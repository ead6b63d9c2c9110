// rule: R22 a stored type borrows nothing and holds no address
// code: none
// twin: pass/fields/a_field_is_a_text_of_its_own.rs

use ref_core::global_store;

#[global_store]
pub struct Page<'a> {
    pub text: &'a str,
}

fn main() {
    let _ = size_of::<Page>();
}
