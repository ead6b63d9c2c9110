// rule: R25 a store loses nothing of a value unless its type says so

use ref_core::global_store;

#[global_store]
pub enum Mark {
    Plain,
    Final,
    #[global_store(lossy)]
    #[serde(skip)]
    Draft,
}

fn main() {}
