// rule: R39 `from` names an earlier definition of the type, and a `From` converts its values

use ref_core::global_store;

#[global_store(name = "Cart", version = 2)]
pub struct CartV1 {
    pub items: u32,
}

#[global_store(version = 3, from = CartV1)]
pub struct Cart {
    pub items: u64,
}

impl From<CartV1> for Cart {
    fn from(old: CartV1) -> Self {
        Self { items: old.items.into() }
    }
}

fn main() {}
