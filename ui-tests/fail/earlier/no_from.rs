// rule: R39 `from` names an earlier definition of the type, and a `From` converts its values
// code: E0277
// twin: pass/earlier/a_from.rs

use ref_core::global_store;

#[global_store(name = "Cart", version = 1)]
pub struct CartV1 {
    pub items: u32,
}

#[global_store(version = 2, from = CartV1)]
pub struct Cart {
    pub items: u64,
}

fn main() {}
