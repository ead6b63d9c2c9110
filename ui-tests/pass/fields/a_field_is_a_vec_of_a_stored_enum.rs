// rule: R24 every field of a stored type is `Stored`

use ref_core::global_store;

#[global_store]
pub enum Colour {
    Red,
    Blue,
}

#[global_store]
pub struct Palette {
    pub colours: Vec<Colour>,
}

fn main() {}
