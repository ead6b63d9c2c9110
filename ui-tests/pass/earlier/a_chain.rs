// rule: R39 `from` names an earlier definition of the type, and a `From` converts its values

use ref_core::global_store;

#[global_store(name = "Cart", version = 0)]
pub struct CartV0(pub u8);

#[global_store(name = "Cart", version = 1, from = CartV0)]
pub struct CartV1(pub u32);

#[global_store(version = 2, from = CartV1)]
pub struct Cart(pub u64);

impl From<CartV1> for Cart {
    fn from(old: CartV1) -> Self { Self(old.0.into()) }
}

impl From<CartV0> for CartV1 {
    fn from(old: CartV0) -> Self { Self(old.0.into()) }
}

fn main() {}
