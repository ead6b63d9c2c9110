// rule: R39 `from` names an earlier definition of the type, and a `From` converts its values
// code: E0277
// twin: pass/earlier/a_generic_with_from.rs

use ref_core::global_store;

#[global_store(name = "Pair", version = 1)]
pub struct PairV1<T>(pub T);

#[global_store(version = 2, from = PairV1<T>)]
pub struct Pair<T>(pub T, pub u8);

fn main() {}
