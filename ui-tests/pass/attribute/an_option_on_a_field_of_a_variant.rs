// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree

use ref_core::global_store;

#[global_store]
pub enum Mark {
    Plain,
    Counted(#[global_store(skip)] u64),
}

fn main() {}
