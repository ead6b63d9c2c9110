// rule: R39 `from` names an earlier definition of the type, and a `From` converts its values

use ref_core::global_store;

#[global_store]
pub struct Item(u32);

#[global_store(name = "Cart")]
pub struct CartV1(Vec<Item>);

#[global_store(version = 2, from = CartV1)]
pub struct Cart(Vec<u32>);

impl From<CartV1> for Cart {
    fn from(old: CartV1) -> Self {
        Self(old.0.into_iter().map(|item| item.0).collect())
    }
}

fn main() {}
