// rule: R25 a store loses nothing of a value unless its type says so
// code: none
// twin: pass/serde/skip_the_last_variant.rs

use ref_core::global_store;

#[global_store]
pub enum Mark {
    Plain,
    #[global_store(lossy)]
    #[serde(skip)]
    Draft,
    Final,
}

fn main() {}
