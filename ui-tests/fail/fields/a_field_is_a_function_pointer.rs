// rule: R22 a stored type borrows nothing and holds no address
// code: none
// twin: pass/fields/a_field_says_which_function.rs

use ref_core::global_store;

#[global_store]
pub enum Step {
    Double,
    Triple,
}

#[global_store]
pub struct Task {
    pub step: fn(u64) -> u64,
}

fn main() {}
