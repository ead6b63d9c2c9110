// rule: R22 a stored type borrows nothing and holds no address

use ref_core::global_store;

#[global_store]
pub enum Step {
    Double,
    Triple,
}

#[global_store]
pub struct Task {
    pub step: Step,
}

fn main() {}
