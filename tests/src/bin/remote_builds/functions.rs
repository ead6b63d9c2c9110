//! The functions of two builds of one program: `tests/tests/remote_builds.rs`, and the program of that name. All of this
//! file is the same in both. Only the type `Count` is not.

use super::Count;
use ref_core::{global_store, remote};

/// A value without serde's traits, which is stored.
#[global_store]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Basket {
    pub(crate) apples: Count,
}

#[remote]
pub(crate) fn fill(mut basket: Basket) -> Basket {
    basket.apples += 1;
    basket
}

#[remote]
pub(crate) fn fill_all(baskets: &[Basket]) -> Result<Vec<Basket>, Basket> {
    if baskets.is_empty() { Err(Basket { apples: 0 }) } else { Ok(baskets.iter().cloned().map(fill).collect()) }
}
