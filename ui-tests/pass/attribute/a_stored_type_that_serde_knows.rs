// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree

use ref_core::global_store;

#[global_store(serde = false)]
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Point {
    pub x: i64,
}

fn main() {}
