// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree
// code: none
// twin: pass/attribute/a_codec_that_is_one.rs

use ref_core::codec::Bincode;
use ref_core::global_store;

#[global_store(codec = Bincode, codec = Bincode)]
pub struct Point {
    pub x: i64,
}

fn main() {}
