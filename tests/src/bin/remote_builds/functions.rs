//! The functions of two builds of one program: the test program `tests/tests/remote_builds.rs`, and its worker, the
//! program `remote_builds`. Both compile this file. Only the type `Count` differs between the builds.

use super::Count;
use ref_core::{global_store, remote};

/// A stored type without serde's traits.
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
