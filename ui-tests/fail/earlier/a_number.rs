// rule: R39 `from` names an earlier definition of the type, and a `From` converts its values
// code: E0277
// twin: pass/earlier/a_stored_struct_for_a_number.rs

use ref_core::global_store;

#[global_store(name = "Cart", version = 1)]
pub struct CartV1(pub u32);

#[global_store(version = 2, from = u32)]
pub struct Cart {
    pub items: u64,
}

impl From<u32> for Cart {
    fn from(old: u32) -> Self { Self { items: old.into() } }
}

fn main() {}
