// rule: R39 `from` names an earlier definition of the type, and a `From` converts its values

use ref_core::global_store;

#[global_store(name = "Pair", version = 1)]
pub struct PairV1<T>(pub T);

#[global_store(version = 2, from = PairV1<T>)]
pub struct Pair<T>(pub T, pub u8);

impl<T> From<PairV1<T>> for Pair<T> {
    fn from(old: PairV1<T>) -> Self { Self(old.0, 0) }
}
fn main() {}
