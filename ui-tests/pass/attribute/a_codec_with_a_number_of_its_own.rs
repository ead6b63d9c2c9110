// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree

use ref_core::codec::{Codec, Failure, Limits, Sink};
use ref_core::global_store;
use serde::{Serialize, de::DeserializeOwned};

pub struct Silent;

impl Codec for Silent {
    const ID: u8 = 200;
    const NAME: &'static str = "silent";
    fn encode<T: Serialize>(_: &T, _: &mut Sink) -> Result<(), Failure> { Ok(()) }
    fn decode<T: DeserializeOwned>(_: &[u8], _: Limits) -> Result<T, Failure> { Err("silence".into()) }
}

#[global_store(codec = Silent)]
pub struct Point {
    pub x: i64,
}

fn main() {}
